"""Markdown for GitHub: the summary of a step, and a comment on a pull request. The unexpected comes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from harness.analysis.attribution import CellState
from harness.analysis.package_changes import PackageChange
from harness.analysis.run_diff import Change, ChangedRange, Diff
from harness.infra.text import code
from harness.judge.mismatches import Mismatch
from harness.judge.verdict import Verdict
from harness.model.outcome import INCOMPLETE, Outcome
from harness.render.adaptation_text import unasked_lines
from harness.render.block_phrases import BlockText
from harness.render.cause_phrases import cause_words, tally_words
from harness.render.cell_phrases import CellPhrases
from harness.render.judged_view import FoldedRange, JudgedView
from harness.render.markdown.answers import answers
from harness.render.markdown.templates import render_bounded
from harness.render.not_run_reasons import reasons, written_places

SUMMARY_LIMIT = 1_000_000
"""Bytes; GitHub refuses the summary of a step that is over 1 MiB, whole."""
COMMENT_LIMIT = 60_000
"""Bytes; GitHub takes comments of 65,536 characters."""
_SUMMARY_ROWS = 1_000
_COMMENT_ROWS = 15


def render_step_summary(judged: JudgedView) -> str:
    """Return the summary of a step: the unexpected first, then what is not known, the numbers, the answer."""
    return render_bounded(
        "summary.md.j2",
        SUMMARY_LIMIT,
        **_context(judged, rows=_SUMMARY_ROWS, ranges=20),
        outcomes=[outcome for outcome in Outcome if judged.tally.outcomes[outcome]],
        verdicts=list(Verdict),
        answers=answers(judged.view),
    )


def render_pull_request(judged: JudgedView, diff: Diff | None, before: str) -> str:
    """Return a comment: what is unexpected, and what changed since the run `before`; None where there was none."""
    return render_bounded(
        "pull_request.md.j2",
        COMMENT_LIMIT,
        **_context(judged, rows=_COMMENT_ROWS, ranges=2),
        diff=diff,
        before=before,
        words=None if diff is None else BlockText(diff.grid, diff.axes),
        state=_state,
        packages=_packages,
        causes=_causes,
        tally_of_causes=[] if diff is None else list(tally_words(diff)),
        regressed=Change.REGRESSED,
    )


def _context(judged: JudgedView, *, rows: int, ranges: int) -> dict[str, Any]:
    """Return what both say, in at most `rows` rows a table and about `ranges` ranges of what is unexpected alike."""
    view, where, folded = judged.view, CellPhrases(judged.view), judged.folded
    contradicted = view.outcomes[Outcome.CONFLICT]
    unknown = [each for each in reasons(view) if each.outcome.incomplete]
    return {
        "view": view,
        "tally": judged.tally,
        "unexpected_count": judged.tally.verdicts[Verdict.UNEXPECTED],
        "missing": sum(view.outcomes[each] for each in INCOMPLETE) - contradicted,
        "contradicted": contradicted,
        "unasked": [] if view.plan.adaptation is None else list(unasked_lines(view.plan.adaptation)),
        "unexpected": [row for each, inside in folded[:rows] for row in _unexpected_rows(each, inside, ranges)],
        "unexpected_left_out": sum(len(each.cells) for each, _ in folded[rows:]),
        "unknown": [(each, list(written_places(view, where, each.places))) for each in unknown],
        "claims": judged.judgement.claims_by_verdict,
        "rows": rows,
    }


def _unexpected_rows(found: Mismatch, ranges: list[FoldedRange], limit: int) -> Iterator[tuple[Mismatch, FoldedRange]]:
    """Return a row for each of the first ranges, and one for all the rest."""
    shown = ranges[: limit if len(ranges) > limit + 1 else None]
    for each in shown:
        yield found, each
    rest = len(found.cells) - sum(each.cells for each in shown)
    if rest:
        example = ranges[len(shown)].example if shown else found.cells[0].at.key
        yield found, FoldedRange(rest, "elsewhere" if shown else "", example)


def _state(state: CellState) -> str:
    mechanism = f": {code(state.mechanism)}" if state.mechanism else ""
    facts = [code(name.rpartition(".")[2]) for name in (state.reactor, state.loop) if name]
    return f"{state.outcome}{mechanism}{' on ' if facts else ''}{', '.join(facts)}"


def _causes(found: ChangedRange) -> str:
    """Return to what a range is attributed, with the pair that shows it."""
    if found.cause is None:
        return ""
    pair = found.pair
    shown = "" if pair is None else f": {' and '.join(dict.fromkeys(at.key.id for at in (pair.before, pair.after)))}"
    return f"{cause_words(found.cause)}{shown}"


def _packages(changes: Iterable[PackageChange]) -> list[str]:
    """Each change once."""
    found = dict.fromkeys(changes)
    return [code(f"{each.package} {each.before or 'absent'} → {each.after or 'absent'}") for each in found]
