"""What the claims and the accepted baseline announce of a run's cells, so that the run can be compared with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from harness.judge.baseline_file import AcceptedResult
from harness.judge.claim import Expectation
from harness.judge.verdict import Judge, Verdict
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome

_GLOBS = frozenset("*?[")


class ComparableSides(NamedTuple):
    """Two sides that can be compared as two runs can."""

    baseline: list[KnownCell]
    """What is announced; facts that nothing is said of are those of the run."""
    run: list[KnownCell]
    """The cells that say anything: not those that were not run, or ruled out by the plan, where nothing is accepted."""


def expected_side(
    judge: Judge, cells: Iterable[KnownCell], universe: Mapping[str, Iterable[CellCoordinates]]
) -> ComparableSides:
    """Return baseline and claims beside the cells of a run; `universe`: all cells that there are, by platform.

    A claim says nothing of which cells there are: those that only the baseline has are those that it is about.
    """
    found = ComparableSides([], [])
    there: set[CellCoordinates] = set()
    for cell in cells:
        there.add(cell.at)
        baseline = judge.baselines.get(cell.at.platform)
        accepted = None if baseline is None else baseline.accepted(cell.at)
        if accepted is None and _is_silent(cell):
            continue
        found.run.append(cell)
        verdict, opinion = judge.judged(cell)
        if verdict is Verdict.EXPECTED:
            found.baseline.append(cell)
        elif accepted is not None:
            found.baseline.append(cell._replace(outcome=accepted.outcome, mechanism=accepted.mechanism))
        elif verdict is Verdict.UNEXPECTED and (numbers := opinion.disagreeing or opinion.silent):
            found.baseline.append(_promised(judge.expectations[numbers[0]].expectation, cell))
    for platform, baseline in judge.baselines.items():
        for at in universe.get(platform, ()):
            if at not in there and baseline.knows(at):
                # Nothing accepted: the claims announce it, which is not needed to say that it is gone.
                accepted = baseline.accepted(at) or AcceptedResult(Outcome.MISSING, None)
                found.baseline.append(KnownCell(at, accepted.outcome, accepted.mechanism, None, None, None))
    return found


def _is_silent(cell: KnownCell) -> bool:
    """Whether nothing is known of a cell, or it was the plan that said there is no such thing: neither is accepted."""
    ruled_out = cell.outcome is Outcome.UNSUPPORTED and cell.mechanism is None
    return ruled_out or cell.outcome.silent


def _promised(expectation: Expectation, cell: KnownCell) -> KnownCell:
    """Return a cell as a claim has it.

    A promise that only rules something out, or names a reactor or loop, is one that the await passes.
    """
    seen = expectation.seen
    outcome = min(seen.outcomes, key=list(Outcome).index, default=Outcome.PASS)
    reactor, loop = (_only(globs) or got for globs, got in ((seen.reactors, cell.reactor), (seen.loops, cell.loop)))
    return cell._replace(outcome=outcome, mechanism=_only(seen.mechanisms), reactor=reactor, loop=loop)


def _only(globs: tuple[str, ...]) -> str | None:
    """Return the text where it is one and no glob."""
    return globs[0] if len(globs) == 1 and _GLOBS.isdisjoint(globs[0]) else None
