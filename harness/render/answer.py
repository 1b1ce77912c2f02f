"""What a run came to, for the person who waits for its end: computed once, and kept with the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.analysis.ranges import fold
from harness.infra.text import one_line, plural
from harness.judge.claim_results import ClaimResult, ClaimVerdict, Judgement
from harness.model.known_cells import KnownCell
from harness.model.outcome import INCOMPLETE, Outcome
from harness.render.adaptation_text import unasked_lines
from harness.render.helper_support import MANY, HelperSupport, advised, kinds_of
from harness.render.not_run_reasons import reasons
from harness.render.shared_failures import shared_failures, telling_cells
from harness.render.view import ReportView
from harness.store.summary import Answer, AnswerRow, Contradiction

_KEPT = 20
"""Causes, claims and kinds of cells that are kept of each; nobody reads more of them in a terminal."""
_REASON = 200
"""Characters kept of a cause."""


def answer_of(view: ReportView, judgement: Judgement) -> Answer:
    """Return the answer that the cells of a run give."""
    by_helper = telling_cells(view, shared_failures(view))
    choice = len(by_helper) >= MANY
    supports = {name: HelperSupport.of(cells) for name, cells in (by_helper if choice else _by_scenario(view)).items()}
    kinds = kinds_of(supports.values())
    found = advised(supports) if choice else None
    chosen, without = ({}, set[str]()) if found is None else (found.helpers, found.without)
    return Answer(
        measured=view.measured,
        advice={helper: fold(releases, view.scrapys) for helper, releases in chosen.items()},
        without=fold(without, view.scrapys),
        kinds=kinds,
        rows=tuple(
            AnswerRow(name=name, releases=tuple(dict(support.releases(kind, view.scrapys)) for kind in kinds))
            for name, support in supports.items()
            if support.tried
        ),
        claims={verdict.value: judgement.claim_counts[verdict] for verdict in ClaimVerdict},
        refuted=tuple(_refuted(each) for each in judgement.claims if each.verdict is ClaimVerdict.REFUTED)[:_KEPT],
        unexpected=tuple(_unexpected(judgement))[:_KEPT],
        unannounced=judgement.unannounced,
        gaps=tuple(_gaps(view))[:_KEPT],
    )


def _by_scenario(view: ReportView) -> dict[str, list[KnownCell]]:
    found: dict[str, list[KnownCell]] = {}
    for cell in view.core.seen:
        found.setdefault(cell.at.scenario, []).append(cell)
    return found


def _refuted(result: ClaimResult) -> Contradiction:
    counts = f"{plural(result.disagreeing, 'cell')} against, {result.agreeing:,} for"
    example = result.examples[0].first.at.key.id if result.examples else ""
    return Contradiction(text=f"claim {result.claim.id} ({counts}): {one_line(result.claim.text)}", example=example)


def _unexpected(judgement: Judgement) -> Iterator[Contradiction]:
    counts: Counter[tuple[Outcome, str | None]] = Counter()
    first: dict[tuple[Outcome, str | None], KnownCell] = {}
    for cell in judgement.unexpected:
        counts[cell.outcome, cell.mechanism] += 1
        first.setdefault((cell.outcome, cell.mechanism), cell)
    for (outcome, mechanism), count in counts.most_common():
        gave = str(outcome) if mechanism is None else f"{outcome}: {one_line(mechanism, 60)}"
        yield Contradiction(text=f"{plural(count, 'cell')}: {gave}", example=first[outcome, mechanism].at.key.id)


def _gaps(view: ReportView) -> Iterator[str]:
    if view.plan.adaptation is not None:
        yield from unasked_lines(view.plan.adaptation)
    yield from _missing_interpreters(view)
    others = INCOMPLETE - {Outcome.MISSING_INTERPRETER}
    if any(view.outcomes[outcome] for outcome in others):
        for reason in reasons(view):
            if reason.outcome in others:
                yield f"{plural(reason.cells, 'cell')} {reason.outcome}: {one_line(reason.text, _REASON)}"


def _missing_interpreters(view: ReportView) -> Iterator[str]:
    """Return a line a cause: what is said of several Pythons in the same words is said of all of them at once."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for each in view.environments:
        if each.status is Outcome.MISSING_INTERPRETER:
            python, platform = each.planned.python, each.planned.platform
            reason = (each.reason or "not found").removeprefix(f"Python {python}: ").replace(python, "{}")
            cells = found.setdefault((platform, reason), {})
            cells[python] = cells.get(python, 0) + sum(each.outcomes.values())
    for (platform, reason), cells in found.items():
        pythons = [python for python in view.pythons if python in cells]
        named = f"Python {', '.join(pythons)}" + (f" on {platform}" if len(view.platforms) > 1 else "")
        cause = one_line(reason.replace("{}", " ".join(pythons)), _REASON)
        yield f"{named} ({plural(sum(cells.values()), 'cell')}): {cause}"
