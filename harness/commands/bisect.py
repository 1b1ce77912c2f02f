"""The story of a bisection: load, find interpreters, bisect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.commands.why import ComparedCells, NotStoredError, compared_cells
from harness.experiments.any_release import PYTHON
from harness.experiments.bisect.bisector import Bisector
from harness.experiments.bisect.package_search import PACKAGE, PackageSearch, find_package
from harness.experiments.bisect.step_results import Bisection
from harness.experiments.bisect.steps import BisectAxes
from harness.experiments.bisect.stored_pair import StoredEnd, ends_along, installed
from harness.experiments.lab import open_lab
from harness.infra.errors import ConfigurationError, ExitCode, HarnessError
from harness.infra.machine_limits import require_open_files
from harness.infra.packages.index import configured_index
from harness.infra.packages.releases import ReleaseList
from harness.infra.platforms import current_platform
from harness.infra.resources import STATE
from harness.interpreters.search import find_interpreters
from harness.model.ids import CellKey, EnvironmentId
from harness.plan.selection import Selection
from harness.render.view import shipped_words
from harness.workspace import load_workspace


class MissingInterpreterError(HarnessError):
    """The Python of what was asked for is not on this machine."""

    exit_code = ExitCode.INCOMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class BisectOptions:
    """What `scrapy-compat bisect` was asked for."""

    cell: str
    axis: str
    good: str | None
    bad: str | None
    deadline: float
    matrix: Path | None
    scenarios: tuple[Path, ...]
    """Folders of one's own, beside those that the matrix names."""
    state: Path = STATE
    run_id: str | None = None
    whole: bool = False
    """Whether the whole range is bisected, whatever stored runs tell."""


def run_bisection(options: BisectOptions) -> tuple[CellKey, Bisection]:
    """Bisect one cell along one axis. Raises `HarnessError`."""
    with _bisected(options) as (axes, stored):
        bisector = Bisector(axes, axes.lab)
        ends = stored(options.axis)
        return axes.cell, bisector.bisect(options.axis, good=options.good, bad=options.bad, stored=ends)


def search_package(options: BisectOptions) -> tuple[CellKey, PackageSearch]:
    """Find the package that changes one cell, beginning with what its error names. Raises `HarnessError`."""
    if options.good is not None or options.bad is not None:
        raise ConfigurationError(
            value=f"--axis {PACKAGE}",
            cause="--good and --bad are releases of one package",
            action="name the package, or leave them out",
        )
    with _bisected(options) as (axes, stored):
        return axes.cell, find_package(
            axes, lambda package: Bisector(axes, axes.lab).bisect(package, stored=stored(package))
        )


@contextmanager
def _bisected(options: BisectOptions) -> Iterator[tuple[BisectAxes, Callable[[str], Iterable[StoredEnd]]]]:
    """Load and make what a bisection needs: the axes through the cell, and what stored runs have along them."""
    require_open_files(1)
    loaded = load_workspace(options.matrix, options.scenarios)
    spec, scenarios = loaded.spec, loaded.scenarios
    exact = Selection.parse(loaded.known, cell=[options.cell]).exact
    if len(exact) != 1 or EnvironmentId.parse(exact[0].environment).platform != current_platform():
        raise ConfigurationError(
            value=f"--cell {options.cell}",
            cause=f"is not one cell of {current_platform()}",
            action="copy an id from `scrapy-compat plan --ids`",
        )
    own = EnvironmentId.parse(exact[0].environment).python
    interpreters = find_interpreters([each.key for each in spec.pythons] if options.axis == PYTHON else [own])
    if own not in interpreters.found:
        raise MissingInterpreterError(
            value=f"Python {own}", cause=interpreters.missing[own], action="install it, or bisect another cell"
        )
    compared = None if options.whole else _compared(options, exact[0])
    with open_lab(spec, scenarios, interpreters, deadline=options.deadline) as made:
        axes = BisectAxes(
            spec=spec,
            scenarios={name: scenario.info for name, scenario in scenarios.items()},
            interpreters=interpreters,
            lab=made,
            index=ReleaseList(configured_index()),
            cell=exact[0],
        )
        yield axes, lambda axis: () if compared is None else stored_ends(compared, axis, exact[0])


def _compared(options: BisectOptions, cell: CellKey) -> ComparedCells | None:
    """Return what stored runs have of a cell; None where none has it. Raises `HarnessError`."""
    try:
        return compared_cells(options.state, options.run_id, cell)
    except NotStoredError:
        return None


def stored_ends(compared: ComparedCells, axis: str, cell: CellKey) -> Iterator[StoredEnd]:
    """Return what stored runs have of a cell along an axis."""
    cells = compared.known.values()
    for at, (label, result) in ends_along(axis, cell, cells, installed(compared.environments)).items():
        view = compared.origins[at]
        yield StoredEnd(
            label=label, result=result, run=shipped_words(view.run) if view.shipped else f"run {view.run.id}"
        )
