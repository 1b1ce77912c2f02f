"""A user's source against measured cells: where each use of a Deferred breaks, and the line to write instead."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from harness.analysis.advice.obstacles import Obstacle, obstacles_of
from harness.analysis.advice.source_uses import DeferredUse, find_uses
from harness.analysis.axis_values import AxisValues
from harness.analysis.cell_blocks import CellGrid
from harness.model.known_cells import KnownCell
from harness.model.outcome import Outcome
from harness.model.scenario_names import PLAIN_CALLBACK

_PLACES = ("*_{}", "*_{}_none", "*_{}_request", "*_{}_response")
"""Names of the scenarios that ask about a method, with the method's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedUse:
    """One use and what the cells say of it."""

    line: int
    helper: str
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
    grid: CellGrid
    axes: AxisValues


def check_source(
    source: str, cells: Iterable[KnownCell], *, name: str | None, advised: Sequence[str] = ()
) -> tuple[list[CheckedUse], list[int]]:
    """Return each use of a Deferred in `source`, and the lines whose await is not known to be of one.

    `name` is the function that the advice is to call, None where a Deferred is to be awaited as it is; `advised` are
    the helpers that it stands for. Raises `SyntaxError` where the source is none.
    """
    found = find_uses(ast.parse(source))
    by_helper: dict[str, list[KnownCell]] = {}
    passing = set()
    for cell in cells:
        by_helper.setdefault(cell.at.helper, []).append(cell)
        if cell.outcome == Outcome.PASS:
            passing.add(cell.at[:6])
    judged = [
        _judged(use, by_helper.get(use.helper, []), source, name, advised=advised, passing=passing)
        for use in found.uses
    ]
    return judged, sorted(found.others)


def _judged(
    use: DeferredUse,
    cells: Sequence[KnownCell],
    source: str,
    name: str | None,
    *,
    advised: Sequence[str],
    passing: Collection[tuple[str, ...]],
) -> CheckedUse:
    alike = _alike(use, {cell.at.scenario for cell in cells})
    chosen = [
        cell for cell in cells
        if cell.at.scenario in alike and (cell.outcome.tried or cell.mechanism == "helper-missing")
    ]  # fmt: skip
    axes = AxisValues.of(cell.at for cell in chosen)
    grid = CellGrid([cell.at for cell in chosen], axes.orders)
    passed, stops = obstacles_of(chosen, grid)
    better = bool(stops) and tuple(advised) != (use.helper,) and bool(advised)
    return CheckedUse(
        line=use.node.lineno,
        helper=use.helper,
        text=source.splitlines()[use.node.lineno - 1].strip(),
        scenarios=alike if chosen else (),
        passed=passed,
        stops=stops,
        hopeless=sum(cell.at[:6] not in passing for cell in chosen),
        instead=_instead(use, source, name) if better else None,
        grid=grid,
        axes=axes,
    )


def _alike(use: DeferredUse, known: set[str]) -> tuple[str, ...]:
    """Scenarios that ask about such a Deferred, or about such a method."""
    places = {scenario for scenario in known for glob in _PLACES if fnmatchcase(scenario, glob.format(use.method))}
    wanted = use.scenario if use.scenario in known else PLAIN_CALLBACK
    return tuple(sorted((places | {wanted}) & known))


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
