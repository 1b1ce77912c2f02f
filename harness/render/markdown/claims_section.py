"""What became of the claims of the documentation: a section of the report."""

from __future__ import annotations

from collections.abc import Iterator

from harness.analysis.cell_blocks import CellBlock
from harness.infra.text import code, join, number, plural, prose
from harness.judge.claim_results import ClaimResult, ClaimVerdict, CounterExample, Judgement
from harness.judge.verdict import Verdict
from harness.model.known_cells import AXES
from harness.render.cell_phrases import CellPhrases
from harness.render.markdown.bounded_page import BoundedPage
from harness.render.view import ReportView
from harness.render.wine_notice import under_wine

_HEADING = "Claims of the documentation"


_ANCHOR = "#claims-of-the-documentation"


_EXAMPLES = 5


_ROWS = 100


_MORE = "`scrapy-compat claims` shows all"


_ORDER = (ClaimVerdict.REFUTED, ClaimVerdict.UNVERIFIED, ClaimVerdict.CONFIRMED)


def claims_section(page: BoundedPage, view: ReportView, where: CellPhrases, judgement: Judgement) -> None:
    """Adds the section: what is refuted first, with counter-examples."""
    page.heading(_HEADING)
    counts, verdicts = judgement.claim_counts, judgement.counts
    told = ", ".join(f"{counts[each]} {each}" for each in _ORDER)
    page.line(f"{plural(len(judgement.claims), 'claim')}: {told}.")
    page.line()
    page.line(f"Of the cells {number(verdicts[Verdict.EXPECTED])} are as the claims or the accepted baseline say, "
              f"**{number(verdicts[Verdict.UNEXPECTED])} are not**, and of "
              f"{number(verdicts[Verdict.UNCLAIMED])} neither says anything.")  # fmt: skip
    page.line()
    by_verdict = {each: [result for result in judgement.claims if result.verdict is each] for each in _ORDER}
    refuted = by_verdict[ClaimVerdict.REFUTED]
    if refuted:
        rows = ([code(each.claim.id), _text(view, each), number(each.disagreeing), number(each.agreeing),
                 "<br>".join(_examples(view, where, each))] for each in refuted)  # fmt: skip
        header = ["refuted", "claim", "against", "for", "where and how not, for example"]
        page.table(header, rows, len(refuted), limit=_ROWS, share=0.3, more=_MORE)
    unverified = by_verdict[ClaimVerdict.UNVERIFIED]
    if unverified:
        rows = ([code(each.claim.id), _text(view, each), prose("; ".join(each.needs), 300)] for each in unverified)
        header = ["unverified", "claim", "what it takes"]
        page.table(header, rows, len(unverified), limit=_ROWS, share=0.3, more=_MORE)
    confirmed = by_verdict[ClaimVerdict.CONFIRMED]
    if confirmed:
        page.line(f"Confirmed: {'; '.join(_confirmed(view, each) for each in confirmed)}. {_MORE}.")


def refuted_item(judgement: Judgement) -> Iterator[str]:
    """A list item that names the refuted claims; none where there is none."""
    refuted = [each for each in judgement.claims if each.verdict is ClaimVerdict.REFUTED]
    if refuted:
        told = join(
            f"{code(each.claim.id)} ({number(each.disagreeing)} against, {number(each.agreeing)} for)"
            for each in refuted
        )
        count = f"{len(refuted)} of {plural(len(judgement.claims), 'claim')}"
        yield f"- **Not as documented**: {count} of the documentation refuted, {told}; see [below]({_ANCHOR})."


def block_words(view: ReportView, where: CellPhrases, block: CellBlock) -> str:
    """A block in words; an axis of which it has every value of the view is left out."""
    parts = []
    every = {"platform": view.platforms, "python": view.pythons, "scrapy": view.scrapys, "profile": view.profiles,
             "lane": view.lanes, "scenario": view.scenarios, "helper": view.helpers}  # fmt: skip
    for axis, values in zip(AXES, block.values, strict=True):
        told = [view.labels.get(value, value) for value in values] if axis == "scrapy" else list(values)
        if len(told) < len(every[axis]):
            parts.append(where.write(axis, told))
    return " · ".join(parts) or "everywhere"


def _text(view: ReportView, result: ClaimResult) -> str:
    claim = result.claim
    releases = f"{claim.since}+" if claim.until is None else f"{claim.since}-{claim.until}"
    notes = "".join(f"; {note}" for note in claim_notes(view, result))
    return f"{prose(claim.text, 300)} (Scrapy {releases}, {prose(claim.page)}{notes})"


def _confirmed(view: ReportView, result: ClaimResult) -> str:
    notes = [number(result.agreeing), *claim_notes(view, result)]
    return f"{code(result.claim.id)} ({', '.join(notes)})"


def _examples(view: ReportView, where: CellPhrases, result: ClaimResult) -> Iterator[str]:
    for each in result.examples[:_EXAMPLES]:
        yield (f"{number(each.count)}: {prose(_gave(each))} instead of {prose(each.expected)}: "
               f"{block_words(view, where, each.block)}, {code(each.first.at.key.id, 200)}")  # fmt: skip
    left_out = len(result.examples) - _EXAMPLES
    if left_out > 0:
        yield f"… {plural(left_out, 'more block')}"


def _gave(example: CounterExample) -> str:
    return f"{example.outcome}: {example.mechanism}" if example.mechanism else str(example.outcome)


def claim_notes(view: ReportView, result: ClaimResult) -> Iterator[str]:
    """What a claim's counts have to be read with; nothing where they are of the platform that it is about."""
    if result.measured_on is not None:
        yield under_wine(view)
    for each in result.beside:
        yield f"{each.platform} says {each.verdict}: {number(each.agreeing)} for, {number(each.disagreeing)} against"
