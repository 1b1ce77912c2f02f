"""What the commands do that answer from stored results: diff, explain, advise. They print nothing and run nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from harness.asking import WHOLE, Filters, Loaded, load
from harness.errors import ConfigurationError
from harness.judge.advice import Advice, advise
from harness.judge.advised_code import function_name
from harness.judge.announced import announced
from harness.judge.axes import KINDS, kind_of
from harness.judge.cells import Coordinates, Known
from harness.judge.changes import Side, compare
from harness.judge.explaining import explain
from harness.judge.having import judge_source
from harness.matrix.axes import PLATFORMS
from harness.plan.environment_id import EnvironmentId
from harness.plan.selection import Selection, Vocabulary
from harness.reading import open_run
from harness.render import ReportView
from harness.render.advice_text import advice_lines, have_lines
from harness.render.changes_text import changes_lines
from harness.render.history import side_of
from harness.render.matrix_reading import read_matrix_json
from harness.render.plain import json_text, plain
from harness.render.rules_text import rules_lines
from harness.shipped import BASELINES, scenarios_dir
from harness.store.runs import Runs
from harness.store.schema import ADAPTED, NARROWED

BASELINE = "baseline"
"""Names what the claims and the accepted baseline announce as one side of a comparison."""


def diff_lines(
    state: Path,
    before: str,
    after: str,
    *,
    everything: bool,
    as_json: bool = False,
    baselines: Path = BASELINES,
    matrix: Path | None = None,
) -> Iterator[str]:
    """What differs between two runs or report files, or between one and what the baseline announces of it.

    One object `as_json`, with everything.
    """
    if before == after == BASELINE:
        raise ConfigurationError(value=BASELINE, cause="is both sides", action="name a run to compare it with")
    sides = {name: _side(state, name) for name in (before, after) if name != BASELINE}
    if BASELINE in {before, after}:
        ((name, run),) = sides.items()
        sides = dict(zip((BASELINE, name), _beside_baseline(run, load(matrix), baselines), strict=True))
    diff = compare(sides[before], sides[after])
    if as_json:
        yield json_text({"a": sides[before].name, "b": sides[after].name, "counts": diff.counts, **plain(diff)})
        return
    yield f"A  {sides[before].name}"
    yield f"B  {sides[after].name}"
    if BASELINE not in sides and sides[before].plan != sides[after].plan:
        yield "The plans differ: cells that only one of them asks for are told as new or gone."
    yield from changes_lines(diff, everything=everything)


def _beside_baseline(run: Side, loaded: Loaded, baselines: Path) -> tuple[Side, Side]:
    """What is announced of a run, and what of the run can be compared with that."""
    judge = loaded.judge(baselines)
    if not judge.baselines:
        raise ConfigurationError(
            value=str(baselines), cause="there is no baseline here", action="`scrapy-compat baseline accept` writes one"
        )
    found = announced(judge, run.cells, _asked_by_plan(run.plan, loaded, judge.baselines))
    told = f"the claims and the baseline in {baselines} ({', '.join(judge.baselines)})"
    return Side(name=told, cells=found.baseline, versions={}), replace(run, cells=found.run, versions={})


def _asked_by_plan(plan: str, loaded: Loaded, platforms: Iterable[str]) -> dict[str, list[Coordinates]]:
    """The cells, by platform, that a run of that plan should have today.

    None for one that was narrowed by hand, or adapted to a machine: nothing else was asked, and so nothing is gone.
    """
    if plan.endswith(NARROWED) or ADAPTED in plan:
        return {}
    name = plan if plan in loaded.spec.plans else WHOLE
    asked: dict[str, list[Coordinates]] = {platform: [] for platform in platforms}
    for key in loaded.plan(name, tuple(asked), Selection()).keys():
        at = Coordinates.of(key)
        asked[at.platform].append(at)
    return asked


def _side(state: Path, name: str) -> Side:
    """One side of a comparison: `latest`, `previous`, the path of a `matrix.json`, or the id of a run."""
    if name not in {"latest", "previous"} and Path(name).is_file():
        matrix = read_matrix_json(Path(name))
        return Side(
            name=f"run {matrix.run} in {name}", cells=matrix.known(), versions=matrix.versions, plan=matrix.plan
        )
    run_id = {"latest": None, "previous": _previous(state) if name == "previous" else None}.get(name, name)
    return side_of(stored_view(state, run_id))


def _previous(state: Path) -> str:
    """The run of the same plan and machine before the latest one."""
    with open_run(state, None) as store:
        latest = store.meta()
    found = Runs(state).before(latest)
    if found is None:
        raise ConfigurationError(
            value="previous",
            cause=f"there is no run of the plan {latest.plan} before {latest.id}",
            action="name another run (`scrapy-compat runs` lists them), or run that plan again",
        )
    return found


def stored_view(state: Path, run_id: str | None) -> ReportView:
    """The view of a stored run. Raises `StorageError`."""
    with open_run(state, run_id) as store:
        return ReportView.of_store(store)


def answered_from(view: ReportView) -> str:
    """Which run an answer is from, and whether that run knows everything."""
    return f"from run {view.run.id} of the plan {view.run.plan}{'' if view.complete else ', which is not complete'}"


def explain_lines(state: Path, run_id: str | None, filters: Filters, *, as_json: bool = False) -> Iterator[str]:
    """The rules that reproduce the cells of a stored run that the filters let through; one object `as_json`."""
    view = stored_view(state, run_id)
    cells = chosen(list(view.known()), filters)
    found = explain(cells)
    if as_json:
        yield json_text(found)
    else:
        yield answered_from(view)
        yield from rules_lines(found, cells)


def advise_json(
    state: Path, run_id: str | None, filters: Filters, reactors: Sequence[str], have: Path | None
) -> Iterator[str]:
    """The same as `advise_lines` as one object: what is advised, the platforms left out, and the lines for people."""
    found: list[Advice] = []
    lines = list(advise_lines(state, run_id, filters, reactors, have, heard=found.append))
    _, missing = _platforms(filters.platform, stored_view(state, run_id).platforms)
    yield json_text({"advice": found[0] if found else None, "not_measured": missing, "lines": lines})


def advise_lines(
    state: Path,
    run_id: str | None,
    filters: Filters,
    reactors: Sequence[str],
    have: Path | None,
    *,
    heard: Callable[[Advice], None] = lambda _advice: None,
) -> Iterator[str]:
    """What to write in the range that filters and reactors describe, and what to change in a source.

    `heard` is called with what is advised.
    """
    view = stored_view(state, run_id)
    cells = list(view.known())
    there, missing = _platforms(filters.platform, view.platforms)
    for platform in missing:
        yield f"{platform}: nothing was measured there; the advice does not speak of it"
    if missing and not there:
        return
    asked = replace(filters, platform=there, lane=_lanes(reactors, view.lanes))
    cells = chosen(cells, asked)
    found = advise(cells)
    heard(found)
    yield answered_from(view)
    yield from advice_lines(found, (scenarios_dir() / "kit" / "copied.py").read_text(encoding="utf-8"))
    if have is not None:
        yield from _have_lines(have, cells, found)


def _have_lines(path: Path, cells: list[Known], advice: Advice) -> Iterator[str]:
    recipe = next((each for each in advice.recipes if not each.remaining), None)
    segments = () if recipe is None else recipe.segments
    advised = [helper for segment in segments for helper in segment.helpers]
    name = None if set(advised) <= {"direct"} else function_name(segments)
    try:
        judged, others = judge_source(path.read_text(encoding="utf-8"), cells, name=name, advised=advised)
    except (OSError, SyntaxError, ValueError) as error:
        raise ConfigurationError(
            value=str(path), cause=f"cannot be read as Python: {error}", action="name a source file"
        ) from error
    yield from have_lines(judged, others, str(path))


def _platforms(wanted: Sequence[str], known: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that were measured, and those that were not."""
    names = [name.strip() for text in wanted for name in text.split(",")]
    absent = tuple(name for name in names if name in PLATFORMS and name not in known)
    return tuple(name for name in names if name not in absent), absent


def _lanes(reactors: Sequence[str], lanes: Sequence[str]) -> tuple[str, ...]:
    """The lanes of kinds of reactors; other words are globs of lanes."""
    found: list[str] = []
    for word in (part.strip() for text in reactors for part in text.split(",")):
        if word == "any":
            return ()
        if word not in KINDS and not any(fnmatchcase(lane, word) for lane in lanes):
            known = ", ".join(("any", *KINDS, *lanes))
            raise ConfigurationError(value=f"--reactor {word}", cause="is unknown", action=f"use one of {known}")
        found += [lane for lane in lanes if kind_of(lane) == word] if word in KINDS else [word]
    return tuple(found)


def chosen(cells: list[Known], filters: Filters) -> list[Known]:
    """The cells that the filters let through. Raises `ConfigurationError`."""
    if not filters.any:
        return cells
    selection = filters.over(Vocabulary.of_cells(cell.at.key for cell in cells))
    if filters.cell:
        return [cell for cell in cells if selection.matches(cell.at.key)]
    # There are few environments and many cells: each environment and each lane is asked about once.
    environment = cache(lambda where: selection.selects_environment(EnvironmentId(*where)))
    lane, question = cache(selection.selects_lane), cache(selection.selects_question)
    return [
        cell
        for cell in cells
        if environment(cell.at[:4]) and lane(cell.at.lane) and question(cell.at.scenario, cell.at.helper)
    ]
