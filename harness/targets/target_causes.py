"""Why a target does not work: its failing cells by what they end with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.analysis.ranges import fold, natural_key
from harness.model.outcome import Outcome
from harness.targets.checks import CONTRACTS, LOAD, SPIDERS, SPIDERS_LANE, UNFORCED
from harness.targets.tried_cell import AS_IS, BAD, TriedCell

_LEVELS = {LOAD: "load", SPIDERS: "load", SPIDERS_LANE: "load", CONTRACTS: "contracts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedCause:
    """Cells that fail alike."""

    check: str
    """`load`, `suite`, `contracts`, or `environment`: no check could run in it."""
    outcome: Outcome
    mechanism: str
    cells: int
    scrapy: str
    python: str
    profiles: tuple[str, ...]
    lanes: tuple[str, ...]
    detail: str
    """Of the example."""
    test: str | None
    """The smallest failing test of the example."""
    place: str | None
    """Where it went wrong, `file:line`."""
    example: str
    """Id of a cell."""


def causes_of(
    asked: Sequence[TriedCell], labels: dict[str, str], order: Sequence[str], pythons: Sequence[str]
) -> list[TriedCause]:
    """Return what makes cells fail, most cells first; `order` and `pythons` are those that were asked, for ranges."""
    groups: dict[tuple[str, Outcome, str], list[TriedCell]] = {}
    for cell in asked:
        if not cell.outcome.works and not cell.outcome.incomplete:
            check = _LEVELS.get(cell.key.scenario, "suite")
            if cell.outcome.of_environment:
                check = "environment"
            groups.setdefault((check, cell.outcome, cell.mechanism or cell.detail or ""), []).append(cell)
    found = []
    for (check, outcome, mechanism), members in groups.items():
        # The newest release is what most of them want to see.
        example = max(members, key=lambda cell: natural_key(cell.environment.scrapy))
        tests = [] if example.suite is None else [test for test in example.suite.tests if test.outcome in BAD]
        # A row that fails in the control, too, is not what the cell fails by.
        tests = [test for test in tests if test.id in (example.detail or "")] or tests
        smallest = min(tests, key=lambda test: test.seconds, default=None)
        found.append(
            TriedCause(
                check=check,
                outcome=outcome,
                mechanism=mechanism,
                cells=len(members),
                scrapy=fold({labels[cell.environment.scrapy] for cell in members}, order),
                python=fold({cell.environment.python for cell in members}, pythons),
                profiles=tuple(dict.fromkeys(cell.environment.profile for cell in members)),
                lanes=tuple(
                    dict.fromkeys(AS_IS if cell.key.scenario in UNFORCED else cell.key.lane for cell in members)
                ),
                detail=example.detail or "",
                test=None if smallest is None else smallest.id,
                place=None if smallest is None else smallest.place,
                example=example.key.id,
            )
        )
    # What does not import does not pass its tests either: of as many cells the check that comes first is told first.
    return sorted(found, key=lambda cause: (-cause.cells, cause.check != "load"))
