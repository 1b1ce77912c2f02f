"""What `why --measure` does: runs the cells that would tell, and exchanges packages one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.commands.run_options import RunOptions
from harness.experiments.exchange_lab import ExchangedPackage, LabExchange, PackageAnswer, versions_of
from harness.experiments.lab import open_lab
from harness.experiments.package_exchange import search_exchange
from harness.infra.errors import ConfigurationError
from harness.infra.packages.index import configured_index
from harness.infra.packages.releases import ReleaseList
from harness.infra.platforms import current_platform
from harness.interpreters.search import find_interpreters
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates
from harness.model.outcome import Outcome
from harness.plan.coverage import SamplingRequest
from harness.plan.plan_records import PlannedEnvironment
from harness.render.explained_cell import ExplainedCell
from harness.render.rerun_command import run_again
from harness.targets.checks import CONTROL, PLAIN
from harness.workspace import FULL_PLAN, Filters, Workspace, load_workspace

MEASURED = 8
"""Cells that are run, those first that tell most."""
_NAMED = 3
"""Cells that are named where they are not run."""
_PARTNERS = ("pinned", "era", "latest")
"""Profiles whose packages are tried where no stored cell of another profile passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOptions:
    """What `why --measure` was asked for."""

    state: Path
    matrix: Path | None
    baselines: Path
    deadline: float


def measure_cells(
    found: ExplainedCell, options: MeasureOptions, run: Callable[[RunOptions], object]
) -> tuple[CellKey, ...]:
    """Have `run` run the cells that would tell most and that this machine can run; return them.

    Raises `HarnessError`; `ConfigurationError` for a check of a target.
    """
    own = () if found.comparable else (found.cell.at,)
    if found.runs[0].of_target:
        raise _of_target(found, (*own, *found.telling))
    loaded = load_workspace(options.matrix)
    wanted = tuple(_runnable(loaded, (*own, *found.telling)))[:MEASURED]
    if wanted:
        run(
            RunOptions(
                plan=FULL_PLAN,
                filters=Filters(cell=[key.id for key in wanted]),
                sampling=SamplingRequest(),
                jobs=1,
                isolate=False,
                fresh=False,
                upgrade=False,
                deadline=options.deadline,
                install_pythons=False,
                out=None,
                state=options.state,
                matrix=options.matrix,
                baselines=options.baselines,
                scenarios=(),
                command=("run", "--plan", FULL_PLAN, *(word for key in wanted for word in ("--cell", key.id))),
            )
        )
    return wanted


def _of_target(found: ExplainedCell, telling: Sequence[CellCoordinates]) -> ConfigurationError:
    """Return the error for a check of a target, with the command that runs what would tell."""
    at = found.cell.at
    # Checks that force nothing upon the tests are in one lane.
    fit = [each.key.id for each in telling if each.lane == at.lane or at.scenario not in {CONTROL, PLAIN}][:_NAMED]
    again = f"run what would tell: {run_again(found.runs[0].command, *fit)}"
    return ConfigurationError(
        value="--measure",
        cause=f"runs scenarios, and {at.scenario} is a check of a target",
        action=again if fit else "leave it out: nothing is left to be run that would tell",
    )


def _runnable(loaded: Workspace, places: Sequence[CellCoordinates]) -> Iterator[CellKey]:
    """Yield the cells among some that can be run here and that the matrix does not rule out."""
    here = [at for at in places if at.platform == current_platform()]
    pythons = find_interpreters(sorted({at.python for at in here})).found
    for at in here:
        planned = loaded.planned_cell(at.key) if at.python in pythons and at.scrapy in loaded.known.scrapys else None
        if planned is not None:
            yield at.key


def exchange_packages(found: ExplainedCell, options: MeasureOptions) -> PackageAnswer | None:
    """Return which packages of another profile make the cell pass; None where there is nothing to exchange.

    Raises `HarnessError`.
    """
    key = found.cell.at.key
    at = found.cell.at
    loaded = load_workspace(options.matrix)
    planned = loaded.planned_cell(key) if at.platform == current_platform() else None
    profile = next(pairs for pairs in found.causes.axes if pairs.axis == "profile")
    if planned is None or not (profile.flips or found.cell.outcome == Outcome.BROKEN):
        return None
    interpreters = find_interpreters([at.python])
    if at.python not in interpreters.found:
        return None
    answer: PackageAnswer | None = None
    with open_lab(loaded.spec, loaded.scenarios, interpreters, deadline=options.deadline) as lab:
        mine, reason = lab.lock(planned)
        for other in _partners(loaded, found):
            lock, refused = lab.lock(other)
            exchange = LabExchange(planned=planned, lab=lab, mine=versions_of(mine), its=versions_of(lock))
            if reason is None and refused is None and exchange.packages:
                search = search_exchange(exchange.packages, exchange.trial)
                python = interpreters.found[at.python].version
                needed = tuple(_needed(exchange, search.needed, ReleaseList(configured_index()), python))
                answer = PackageAnswer(partner=other.id, search=search, needed=needed)
                if needed:
                    return answer
    return answer


def _partners(loaded: Workspace, found: ExplainedCell) -> Iterator[PlannedEnvironment]:
    """Yield environments that differ in their profile: those first in which the cell is known to pass."""
    profile = next(pairs for pairs in found.causes.axes if pairs.axis == "profile")
    names = [other.at.profile for other in profile.flips]
    for name in dict.fromkeys((*names, *_PARTNERS)):
        if name != found.cell.at.profile and name in loaded.known.profiles:
            planned = loaded.planned_cell(found.cell.at._replace(profile=name).key)
            if planned is not None:
                yield planned


def _needed(
    exchange: LabExchange, packages: Sequence[str], releases: ReleaseList, python: str
) -> Iterator[ExchangedPackage]:
    its: Mapping[str, str] = {package: exchange.its[package] for package in packages}
    for package in packages:
        others = {name: version for name, version in its.items() if name != package}
        release = exchange.brought_by(package, others, releases, python)
        yield ExchangedPackage(
            package=package,
            before=exchange.mine.get(package),
            after=its[package],
            first_bad=None if release is None else str(release.version),
            day=None if release is None else release.day.isoformat(),
        )
