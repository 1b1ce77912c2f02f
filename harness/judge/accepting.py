"""Known cells and the baseline so far -> the baseline that makes all of them expected."""

from __future__ import annotations

from collections.abc import Iterable

from harness.judge.baseline import Accepted, Baseline, made_baseline
from harness.judge.cells import Coordinates, Known
from harness.judge.verdicts import Judge, Verdict
from harness.judge.where import Versions
from harness.results import INCOMPLETE, Outcome

_SAYS_NOTHING = INCOMPLETE | {Outcome.EXCLUDED}


def accepting(
    judge: Judge, cells: Iterable[Known], universe: Iterable[Coordinates], platform: str, versions: Versions
) -> Baseline:
    """The baseline of a platform after accepting `cells`.

    What was accepted of cells that `cells` say nothing of stays, as far as these are in `universe`: all cells that
    there are. What the claims expect anyway is left out.
    """
    by_claims = Judge(judge.claims)
    everything = dict.fromkeys(universe)
    accepted: dict[Coordinates, Accepted] = {}
    known: set[Coordinates] = set()
    before = judge.baselines.get(platform)
    if before is not None:
        known = {at for at in everything if before.knows(at)}
        accepted = {at: each for at in known if (each := before.accepted(at)) is not None}
    for cell in cells:
        if cell.at.platform != platform or cell.outcome in _SAYS_NOTHING:
            continue
        everything[cell.at] = None
        known.add(cell.at)
        accepted.pop(cell.at, None)
        # Without a mechanism it was the plan that said so, and it says so again.
        ruled_out = cell.outcome is Outcome.UNSUPPORTED and cell.mechanism is None
        if not ruled_out and by_claims.verdict(cell) is not Verdict.EXPECTED:
            accepted[cell.at] = Accepted(cell.outcome, cell.mechanism)
    return made_baseline(platform, accepted, everything, versions, known=known)
