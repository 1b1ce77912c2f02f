"""What became of the claims of the documentation: a section of the report, and the lines of `scrapy-compat claims`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from harness.judge.cells import AXES
from harness.judge.claims import ClaimResult, ClaimVerdict, CounterExample, Judgement
from harness.judge.folding import Block
from harness.judge.verdicts import Verdict
from harness.render.matrix_json import claim_object
from harness.render.page import Page
from harness.render.standing_in import claim_notes
from harness.render.text import code, join, number, plural, prose
from harness.render.view import ReportView
from harness.render.where import Where

_HEADING = "Claims of the documentation"
_ANCHOR = "#claims-of-the-documentation"
_EXAMPLES = 5
_ROWS = 100
_MORE = "`scrapy-compat claims` shows all"
_ORDER = (ClaimVerdict.REFUTED, ClaimVerdict.UNVERIFIED, ClaimVerdict.CONFIRMED)


def claims_section(page: Page, view: ReportView, where: Where, judgement: Judgement) -> None:
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


def render_claims(view: ReportView, judgement: Judgement, shape: str) -> Iterator[str]:
    """The claims as `table` for people, or as `json`, one object a line."""
    if shape == "json":
        yield from (json.dumps(claim_object(each)) for each in judgement.claims)
        return
    where = Where(view)
    for verdict in _ORDER:
        for result in (each for each in judgement.claims if each.verdict is verdict):
            claim = result.claim
            yield f"{claim.id:4} {verdict:10}  {result.agreeing:>8,} for {result.disagreeing:>8,} against  {claim.text}"
            for each in result.examples:
                words = _plain(block_words(view, where, each.block))
                yield f"       {number(each.count)}: {_gave(each)}, expected {each.expected}: {words}"
                yield f"         e.g. {each.first.at.key.id}"
            for note in claim_notes(view, result):
                yield f"       {note}"
            for need in result.needs:
                yield f"       {'takes' if verdict is ClaimVerdict.UNVERIFIED else 'unverified part: takes'} {need}"
    yield f"{_counted(judgement)}; run {view.run.id} of the plan {view.run.plan}"


def _counted(judgement: Judgement) -> str:
    claims = ", ".join(f"{judgement.claim_counts[each]} {each}" for each in _ORDER)
    cells = ", ".join(f"{number(judgement.counts[each])} {each}" for each in Verdict)
    return f"{len(judgement.claims)} claims: {claims}; cells: {cells}"


def block_words(view: ReportView, where: Where, block: Block) -> str:
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


def _examples(view: ReportView, where: Where, result: ClaimResult) -> Iterator[str]:
    for each in result.examples[:_EXAMPLES]:
        yield (f"{number(each.count)}: {prose(_gave(each))} instead of {prose(each.expected)}: "
               f"{block_words(view, where, each.block)}, {code(each.first.at.key.id, 200)}")  # fmt: skip
    left_out = len(result.examples) - _EXAMPLES
    if left_out > 0:
        yield f"… {plural(left_out, 'more block')}"


def _gave(example: CounterExample) -> str:
    return f"{example.outcome}: {example.mechanism}" if example.mechanism else str(example.outcome)


def _plain(words: str) -> str:
    return words.replace("`", "")
