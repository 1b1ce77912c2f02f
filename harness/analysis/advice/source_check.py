"""A user's source against measured cells: where each use of a Deferred breaks, and the line to write instead."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.analysis.advice.obstacles import Obstacle, obstacles_of
from harness.analysis.advice.source_changes import ChangeSearch, SourceChange
from harness.analysis.advice.source_guards import missing_helpers
from harness.analysis.advice.source_names import WrittenHelper, read_files
from harness.analysis.advice.source_needs import SourceNeed, source_needs
from harness.analysis.advice.source_uses import DeferredUse, find_uses
from harness.analysis.advice.version_ranges import Part
from harness.analysis.axis_values import AxisValues, kind_of
from harness.analysis.cell_blocks import CellGrid
from harness.analysis.scrapy_names.names_table import load_names_table
from harness.infra.python_source import parse_python
from harness.model.known_cells import KnownCell
from harness.model.outcome import Outcome
from harness.model.scenario_names import PLAIN_CALLBACK

_OWNERS = ("pipeline", "pipeline_files", "downloadermw", "spidermw", "spider", "extension", "signal", "scheduler",
           "dupefilter", "feed_storage")  # fmt: skip
"""How the names of scenarios that ask about a method begin; the method's name follows in whole."""
_RETURNS = ("", "_none", "_request", "_response")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedUse:
    """One use and what the cells say of it."""

    line: int
    helper: str
    fallbacks: tuple[str, ...]
    """What the name stands for in other releases: helpers, copies with their file."""
    releases: tuple[str, ...] | None
    """Those measured in which the line runs; None where that is all of them."""
    text: str
    """The line as it is."""
    scenarios: tuple[str, ...]
    """What was measured that is like it; empty: nothing was."""
    passed: int
    stops: tuple[Obstacle, ...]
    hopeless: int
    """Cells among those that break in which no helper passes."""
    instead: str | None
    """The line to write; None where it can stay, or where nothing better is known."""
    right: bool
    """It breaks, and calls what is to be called."""
    dead: tuple[str, ...]
    """Releases, as people read them, in which no helper passes in a function of that name."""
    undecided: tuple[str, ...]
    """Conditions around it of which is not known in which releases they hold."""
    grid: CellGrid
    axes: AxisValues


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSource:
    """What is said of one file."""

    uses: tuple[CheckedUse, ...]
    without_helper: tuple[tuple[int, str], ...]
    """Lines with a Deferred that needs no helper, and what it needs: `reactor`, `coroutine` or nothing."""
    needs: tuple[SourceNeed, ...]
    others: tuple[int, ...]
    """Lines whose await is not known to be of a Deferred."""
    unread: tuple[tuple[int, str], ...]
    """Lines with what is named like a helper, but comes from where nothing was read."""
    changes: tuple[SourceChange, ...]
    """What releases of the range take away or deprecate of what is written."""


class SourceCheck:
    """Measured cells against which sources are held."""

    def __init__(
        self,
        cells: Iterable[KnownCell],
        *,
        name: str | None,
        advised: Sequence[str] = (),
        missing: Mapping[str, set[str]] | None = None,
    ) -> None:
        """`name` is the function that the advice is to call, None where a Deferred is to be awaited as it is.

        `advised` are the helpers that it stands for, `missing` those that releases lack, by default as `cells` say.
        """
        self.name = name
        self.advised = advised
        self.by_helper: dict[str, list[KnownCell]] = {}
        self.passing = set()
        for cell in cells:
            self.by_helper.setdefault(cell.at.helper, []).append(cell)
            if cell.outcome == Outcome.PASS:
                self.passing.add(cell.at[:6])
        every = [cell for some in self.by_helper.values() for cell in some]
        self.missing = missing_helpers(every) if missing is None else missing
        self.axes = AxisValues.of(cell.at for cell in every)
        self.changes = ChangeSearch(load_names_table(), self.axes.releases, self.missing)

    def check(self, sources: Mapping[Path, str]) -> dict[Path, CheckedSource]:
        """Return what is found in sources that are read together. Raises `SyntaxError` where one is none."""
        trees = {path: parse_python(source, str(path)) for path, source in sources.items()}
        checked = {}
        files = read_files(trees)
        changes = self.changes.search(files, trees)
        for path, file in files.items():
            found = find_uses(trees[path], file)
            needs = source_needs(trees[path], file)
            needing = {need.line for need in needs}
            checked[path] = CheckedSource(
                uses=tuple(_judged(use, sources[path], self) for use in found.uses),
                without_helper=tuple(sorted(each for each in set(found.without_helper) if each[0] not in needing)),
                needs=tuple(needs),
                others=tuple(sorted(set(found.others))),
                unread=tuple((line, name) for line, names in sorted(found.unread.items())
                             for name in dict.fromkeys(names)),
                changes=tuple(changes[path]),
            )  # fmt: skip
        return checked


def _judged(use: DeferredUse, source: str, against: SourceCheck) -> CheckedUse:
    runs = {
        written: {
            release
            for release in against.axes.releases
            if all(guard.runs_in(release, against.missing) for guard in (*use.guards, *written.guards))
        }
        for written in use.written
    }
    cells = [cell for written, releases in runs.items() for cell in against.by_helper.get(written.helper or "", ())
             if cell.at.scrapy in releases]  # fmt: skip
    alike = _alike(use, {cell.at.scenario for cell in cells})
    chosen = [
        cell for cell in cells
        if cell.at.scenario in alike and (cell.outcome.tried or cell.mechanism == "helper-missing")
    ]  # fmt: skip
    held = [release for release in against.axes.releases if any(release in releases for releases in runs.values())]
    axes = AxisValues.of(cell.at for cell in chosen)
    grid = CellGrid([cell.at for cell in chosen], axes.orders)
    passed, stops = obstacles_of(chosen, grid)
    in_method = [cell for cell in chosen if cell.at.scenario in _of_method(use, set(alike))]
    dead = _parts(in_method) - _parts(cell for cell in in_method if cell.at[:6] in against.passing)
    mended = any(
        cell.outcome != Outcome.PASS and cell.at[:6] in against.passing and _part(cell) not in dead for cell in chosen
    )
    better = mended and tuple(against.advised) != (use.helper,) and bool(against.advised)
    right = better and isinstance(use.node, ast.Call) and ast.unparse(use.node.func) == against.name
    alive = {release for release, _ in _parts(in_method) - dead}
    first, *rest = use.written
    return CheckedUse(
        line=use.node.lineno,
        helper=use.helper,
        fallbacks=tuple(dict.fromkeys(_told(each, against) for each in rest if each.helper != first.helper)),
        releases=None if len(held) == len(against.axes.releases) else tuple(map(against.axes.label, held)),
        text=source.splitlines()[use.node.lineno - 1].strip(),
        scenarios=alike if chosen else (),
        passed=passed,
        stops=stops,
        hopeless=sum(cell.at[:6] not in against.passing for cell in chosen),
        instead=_instead(use, source, against.name) if better and not right else None,
        right=right,
        dead=tuple(
            axes.label(release)
            for release in axes.releases
            if release not in alive and any(release == part for part, _ in dead)
        ),
        undecided=tuple(
            dict.fromkeys(
                text
                for guard in use.guards
                for release in against.axes.releases[-1:]
                if (text := guard.undecided(release))
            )
        ),
        grid=grid,
        axes=axes,
    )


def _part(cell: KnownCell) -> Part:
    return cell.at.scrapy, kind_of(cell.at.lane)


def _parts(cells: Iterable[KnownCell]) -> set[Part]:
    return set(map(_part, cells))


def _told(written: WrittenHelper, against: SourceCheck) -> str:
    unknown = "" if written.helper in against.by_helper else " (not measured)"
    return f"{written.helper} of {written.origin}{unknown}"


def _alike(use: DeferredUse, known: set[str]) -> tuple[str, ...]:
    """Scenarios that ask about such a Deferred, or about such a method."""
    places = _of_method(use, known)
    wanted = use.scenario if use.scenario in known else PLAIN_CALLBACK
    # What is asked about a method is asked with a plain pending Deferred.
    kind = set() if places and wanted == PLAIN_CALLBACK else {wanted}
    return tuple(sorted((places | kind) & known))


def _of_method(use: DeferredUse, known: set[str]) -> set[str]:
    """Return the scenarios that ask about such a method."""
    return known.intersection(f"{owner}_{use.method}{returns}" for owner in _OWNERS for returns in _RETURNS)


def _instead(use: DeferredUse, source: str, name: str | None) -> str:
    """Return the line with the advised function called instead of what is there."""
    deferred = ast.get_source_segment(source, use.deferred) or ast.unparse(use.deferred)
    node, lines = use.node, source.splitlines()
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    # Columns count bytes.
    before = lines[node.lineno - 1].encode()[: node.col_offset].decode()
    after = lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode()
    return f"{before}{deferred if name is None else f'{name}({deferred})'}{after}".strip()
