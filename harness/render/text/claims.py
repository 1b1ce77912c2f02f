"""The lines of `scrapy-compat claims`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from harness.infra.text import number
from harness.judge.claim_results import ClaimVerdict, Judgement
from harness.judge.verdict import Verdict
from harness.render.cell_phrases import CellPhrases
from harness.render.claim_phrases import block_words, claim_notes
from harness.render.matrix_json import claim_object
from harness.render.view import ReportView


def render_claims(view: ReportView, judgement: Judgement, shape: str) -> Iterator[str]:
    """Return the claims as `table` for people, or as `json`, one object a line."""
    if shape == "json":
        yield from (json.dumps(claim_object(each)) for each in judgement.claims)
        return
    where = CellPhrases(view, str)
    for verdict, results in judgement.claims_by_verdict.items():
        for result in results:
            claim = result.claim
            yield f"{claim.id:4} {verdict:10}  {result.agreeing:>8,} for {result.disagreeing:>8,} against  {claim.text}"
            for each in result.examples:
                words = block_words(view, where, each.block)
                yield f"       {number(each.count)}: {each.seen}, expected {each.expected}: {words}"
                yield f"         e.g. {each.first.at.key.id}"
            for note in claim_notes(view, result):
                yield f"       {note}"
            for need in result.needs:
                yield f"       {'takes' if verdict is ClaimVerdict.UNVERIFIED else 'unverified part: takes'} {need}"
    yield f"{_counted(judgement)}; run {view.run.id} of the plan {view.run.plan}"


def _counted(judgement: Judgement) -> str:
    claims = ", ".join(f"{len(results)} {verdict}" for verdict, results in judgement.claims_by_verdict.items())
    cells = ", ".join(f"{number(judgement.counts[each])} {each}" for each in Verdict)
    return f"{len(judgement.claims)} claims: {claims}; cells: {cells}"
