"""What the claims and the accepted baseline announce of a run's cells, so that the run can be compared with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from harness.judge.baseline import Accepted
from harness.judge.cells import Coordinates, Known
from harness.judge.claim import Expectation
from harness.judge.verdicts import Judge, Verdict
from harness.results import INCOMPLETE, Outcome

_GLOBS = frozenset("*?[")


class Announced(NamedTuple):
    """Two sides that can be compared as two runs can."""

    baseline: list[Known]
    """What is announced; facts that nothing is said of are those of the run."""
    run: list[Known]
    """The cells that say anything: not those that were not run, or ruled out by the plan, where nothing is accepted."""


def announced(judge: Judge, cells: Iterable[Known], universe: Mapping[str, Iterable[Coordinates]]) -> Announced:
    """Baseline and claims beside the cells of a run; `universe`: all cells that there are, by platform.

    A claim says nothing of which cells there are: those that only the baseline has are those that it is about.
    """
    found = Announced([], [])
    there: set[Coordinates] = set()
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
                accepted = baseline.accepted(at) or Accepted(Outcome.MISSING, None)
                found.baseline.append(Known(at, accepted.outcome, accepted.mechanism, None, None, None))
    return found


def _is_silent(cell: Known) -> bool:
    """Whether nothing is known of a cell, or it was the plan that said there is no such thing: neither is accepted."""
    ruled_out = cell.outcome is Outcome.UNSUPPORTED and cell.mechanism is None
    return ruled_out or cell.outcome in INCOMPLETE or cell.outcome is Outcome.EXCLUDED


def _promised(expectation: Expectation, cell: Known) -> Known:
    """A cell as a claim has it: a promise that only rules something out, or names a reactor or loop, is one that
    the await passes."""
    seen = expectation.seen
    outcome = min(seen.outcomes, key=list(Outcome).index, default=Outcome.PASS)
    reactor, loop = (_only(globs) or got for globs, got in ((seen.reactors, cell.reactor), (seen.loops, cell.loop)))
    return cell._replace(outcome=outcome, mechanism=_only(seen.mechanisms), reactor=reactor, loop=loop)


def _only(globs: tuple[str, ...]) -> str | None:
    """The text where it is one and no glob."""
    return globs[0] if len(globs) == 1 and _GLOBS.isdisjoint(globs[0]) else None
