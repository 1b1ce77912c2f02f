"""What the commands do that read, list and clean: cells, show, pythons, plan, runs, clean. They print nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.asking import Filters, refuse_platform
from harness.environments.provider import clean
from harness.errors import ConfigurationError
from harness.index import configured_index
from harness.interpreters.downloads import PythonDownloads
from harness.interpreters.search import Interpreters
from harness.judge.verdicts import Judge, Verdict
from harness.matrix.loading import find_matrix, load_matrix
from harness.matrix.versions import any_matches, parse_patterns
from harness.plan.selection import Selection, Vocabulary
from harness.render import ReportView
from harness.render.history import history
from harness.render.plain import json_text
from harness.render.runs_text import runs_lines
from harness.render.show import Shown
from harness.render.terminal import render_cells
from harness.render.text import plural
from harness.results import CellKey, Outcome
from harness.rigging import runtime_of
from harness.shipped import cache_directory
from harness.store.run_store import RunStore
from harness.store.runs import Runs
from harness.update import Update, update_matrix


def open_run(state: Path, run_id: str | None) -> RunStore:
    """A stored run: the one of that id, else the latest of a whole plan, else the latest.

    Raises `ConfigurationError` where there is none, `StorageError` where it cannot be read.
    """
    runs = Runs(state)
    if run_id is not None:
        return runs.open(run_id)
    latest: RunStore | None = None
    for candidate in reversed(runs.ids()):
        store = runs.open(candidate)
        if not store.meta().narrowed:
            return store
        latest = latest or store
    if latest is None:
        raise ConfigurationError(
            value=str(state), cause="no run is stored here", action="start one with `scrapy-compat run`"
        )
    return latest


def cell_lines(
    state: Path,
    run_id: str | None,
    filters: Filters,
    shape: str,
    *,
    outcomes: Sequence[str] = (),
    verdicts: Sequence[str] = (),
    judge: Judge | None = None,
) -> Iterator[str]:
    """The cells of a stored run that the filters let through, as `table`, `json` or `ids`.

    Those of some outcomes or verdicts only, where they are given; verdicts are those of the judge.
    """
    _refuse_unknown("--outcome", outcomes, [outcome.value for outcome in Outcome])
    _refuse_unknown("--verdict", verdicts, [verdict.value for verdict in Verdict])
    view, selection = _fitting(state, run_id, filters)
    chosen = [
        cell
        for cell, known in zip(view.cells(), view.known(), strict=True)
        if selection.matches(cell.key)
        and (not outcomes or cell.observation.outcome.value in outcomes)
        and (judge is None or judge.verdict(known).value in verdicts)
    ]
    yield from render_cells(view, chosen, shape)


def _fitting(state: Path, run_id: str | None, filters: Filters) -> tuple[ReportView, Selection]:
    """A stored run and what the filters mean there: the latest of all, where the latest whole one has no such cells."""
    with open_run(state, run_id) as store:
        view = ReportView.of_store(store)
    try:
        return view, filters.over(Vocabulary.of_cells(cell.key for cell in view.cells()))
    except ConfigurationError as refused:
        latest = Runs(state).ids()[-1]
        if run_id is not None or latest == view.run.id:
            raise
        try:
            return _fitting(state, latest, filters)
        except ConfigurationError:
            raise refused from None


def _refuse_unknown(option: str, names: Sequence[str], known: Sequence[str]) -> None:
    for wrong in (name for name in names if name not in known):
        raise ConfigurationError(
            value=f"{option} {wrong}", cause="is unknown", action=f"use {', '.join(sorted(known))}"
        )


def shown(state: Path, run_id: str | None, cell: str, judge: Judge) -> Shown:
    """Everything that is known of one cell. Raises `ConfigurationError`, `StorageError`."""
    try:
        key = CellKey.parse(cell)
    except ValueError as error:
        action = "copy an id from `scrapy-compat cells --format ids`"
        raise ConfigurationError(value=cell, cause=str(error), action=action) from error
    if run_id is None:
        run_id = _latest_with(state, key)
    with open_run(state, run_id) as store:
        return Shown(ReportView.of_store(store), store, key, judge)


def _latest_with(state: Path, key: CellKey) -> str | None:
    """The latest run that holds a cell, be it one of single cells; None where none does."""
    runs = Runs(state)
    for run_id in reversed(runs.ids()):
        with runs.open(run_id) as store:
            if store.cell(key) is not None:
                return run_id
    return None


def pythons(
    matrix: Path | None, platform: str, python: Sequence[str], *, install: bool, say: Callable[[str], object]
) -> Interpreters:
    """The interpreters that the matrix asks for on a platform, narrowed to `python`, filters of versions.

    `install`: fetch what is missing; `say` is told of that.
    Raises `ConfigurationError` for a platform that is none of this machine's, or without what runs its programs.
    """
    refuse_platform(platform)
    spec = load_matrix(find_matrix(matrix))
    try:
        patterns = parse_patterns(python)
    except ValueError as error:
        raise ConfigurationError(
            value=f"--python {','.join(python)}", cause=str(error), action="write 3.11 or '>=3.9'"
        ) from error
    wanted = [each.key for each in spec.pythons_of(platform) if any_matches(patterns, each.key, each.version)]
    if not wanted:
        raise ConfigurationError(
            value=f"--python {','.join(python)}",
            cause=f"the matrix asks for none of these on {platform}",
            action=f"choose among {', '.join(each.key for each in spec.pythons_of(platform))}",
        )
    with runtime_of(platform, cache_directory()) as runtime:
        downloads = PythonDownloads.REQUESTED if install else PythonDownloads.NEVER
        return runtime.provide(wanted, downloads, say)


def pythons_lines(found: Interpreters) -> Iterator[str]:
    """What was found, what is missing and what to do, what does not work."""
    for key, interpreter in found.found.items():
        yield f"{key:10} {interpreter.path}  {interpreter.description}"
        if interpreter.origin:
            yield f"{'':10} from {interpreter.origin}"
    for key, reason in found.missing.items():
        yield f"{key:10} {reason}"
    for path, reason in found.broken.items():
        yield f"not usable: {path}: {reason}"


def pythons_json(found: Interpreters) -> dict[str, object]:
    """The same as one object."""
    return {
        "found": {
            key: {"path": each.path, "build": each.description, **({"origin": each.origin} if each.origin else {})}
            for key, each in found.found.items()
        },
        "missing": dict(found.missing),
        "broken": dict(found.broken),
    }


def update(matrix: Path | None) -> tuple[Path, Sequence[Update]]:
    """Add what the package index has and the matrix has not; the file, and each release that was added."""
    path = find_matrix(matrix)
    return path, update_matrix(path, configured_index())


def update_lines(path: Path, updates: Sequence[Update]) -> Iterator[str]:
    """A line for each release that was added."""
    for entry in updates:
        was = f"was {entry.previous}" if entry.previous else "new"
        yield f"{path}: Scrapy {entry.version} ({entry.released}), {was}"
    if not updates:
        yield f"{path}: nothing new"


def run_objects(state: Path) -> Iterator[str]:
    """Every stored run as one JSON object a line, oldest first."""
    return map(json_text, history(Runs(state)))


def run_lines(state: Path) -> Iterator[str]:
    """Every stored run as a line for people, oldest first."""
    return runs_lines(history(Runs(state)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """What was removed."""

    runs: tuple[str, ...]
    """Ids."""
    environments: int
    """And overlays."""
    freed: int
    """Bytes that the environments took."""

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"removed {plural(len(self.runs), 'run')}{': ' if self.runs else ''}{', '.join(self.runs)}"
        yield f"removed {self.environments} environments and overlays, {self.freed >> 20} MiB"


def tidy(state: Path, *, keep: int, older_than: float | None, unused_for: float) -> Tidied:
    """Remove runs beyond the latest `keep` and older ones, and environments not used for so long; ages in seconds."""
    gone = Runs(state).prune(keep, older_than=older_than) if state.is_dir() else []
    cache = cache_directory()
    before = shutil.disk_usage(cache).free if cache.is_dir() else 0
    removed = clean(cache, unused_for=unused_for) if cache.is_dir() else []
    freed = max(0, shutil.disk_usage(cache).free - before) if removed else 0
    return Tidied(runs=tuple(gone), environments=len(removed), freed=freed)
