"""Known cells and the baseline so far -> the baseline that makes all of them expected."""

from __future__ import annotations

from collections.abc import Iterable

from harness.judge.baseline_file import AcceptedResult, Baseline, made_baseline
from harness.judge.cell_filter import Versions
from harness.judge.verdict import Judge, Verdict
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome


def accept_cells(
    judge: Judge, cells: Iterable[KnownCell], universe: Iterable[CellCoordinates], platform: str, versions: Versions
) -> Baseline:
    """Return the baseline of a platform after accepting `cells`.

    What was accepted of cells that `cells` say nothing of stays, as far as these are in `universe`: all cells that
    there are. What the claims expect anyway is left out. A cell accepted as flaky stays so, whatever it gave this time.
    """
    by_claims = Judge(judge.claims)
    everything = dict.fromkeys(universe)
    accepted: dict[CellCoordinates, AcceptedResult] = {}
    known: set[CellCoordinates] = set()
    before = judge.baselines.get(platform)
    if before is not None:
        known = {at for at in everything if before.knows(at)}
        accepted = {at: each for at in known if (each := before.accepted(at)) is not None}
    for cell in cells:
        if cell.at.platform != platform or cell.outcome.silent:
            continue
        everything[cell.at] = None
        known.add(cell.at)
        flaky = accepted.get(cell.at)
        if flaky is not None and flaky.outcome is Outcome.FLAKY and flaky.allows(cell):
            continue
        accepted.pop(cell.at, None)
        # Without a mechanism it was the plan that said so, and it says so again.
        ruled_out = cell.outcome is Outcome.UNSUPPORTED and cell.mechanism is None
        if not ruled_out and by_claims.verdict(cell) is not Verdict.EXPECTED:
            accepted[cell.at] = AcceptedResult(cell.outcome, cell.mechanism)
    return made_baseline(platform, accepted, everything, versions, known=known)
