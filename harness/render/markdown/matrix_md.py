"""ReportView -> reports/matrix.md: what one would want to read in a pull request."""

from __future__ import annotations

import shlex
from typing import Any

from harness.analysis.axis_values import kind_of
from harness.analysis.ranges import natural_key
from harness.infra.text import code, one_line, plural
from harness.judge.claim_results import Judgement
from harness.model.ids import LaneName
from harness.model.outcome import Outcome
from harness.render.adaptation_text import adaptation_section
from harness.render.cell_phrases import CellPhrases
from harness.render.claim_phrases import block_words, claim_notes
from harness.render.coverage_phrases import coverage_section
from harness.render.markdown.answers import answers
from harness.render.markdown.other_scenarios import scenario_families
from harness.render.markdown.outcome_tables import Footnotes, release_tables, scenario_table
from harness.render.markdown.templates import render_bounded
from harness.render.measured import crawled_table, machine, when
from harness.render.not_run_reasons import Reason, reasons, written_places
from harness.render.problems import Problems, problems
from harness.render.rerun_command import run_again
from harness.render.view import ReportView
from harness.render.wine_notice import wine_notice

LIMIT = 450_000
"""Bytes of the whole file."""
_TABLES_SHARE = 0.55
_NOTES = 150


def render_markdown(view: ReportView, judgement: Judgement | None = None) -> str:
    """Return the report as Markdown of less than 500 kB, whatever the cells hold.

    `judgement`: of the view's cells; without it the report says nothing of claims.
    """
    where, found = CellPhrases(view), problems(view)
    footnotes = Footnotes(where, _NOTES)
    interpreters = {each.result.interpreter for each in view.environments if each.result and each.result.interpreter}
    incomplete = [each for each in Outcome if each.incomplete and view.outcomes[each]]
    return render_bounded(
        "matrix.md.j2",
        LIMIT,
        view=view,
        where=where,
        wine=wine_notice(view),
        incomplete=[plural(view.outcomes[each], f"{each} cell") for each in incomplete],
        answers=answers(view),
        other_reactors=dict.fromkeys(LaneName.parse(lane).reactor for lane in view.lanes if kind_of(lane) == "other"),
        footnotes=footnotes,
        release_tables=release_tables(view, where, footnotes),
        tables_share=_TABLES_SHARE,
        scenarios=scenario_table(view),
        families=scenario_families(view, where),
        problems=found,
        when=when(view),
        machines=map(machine, view.deliveries),
        interpreters=sorted(interpreters, key=natural_key),
        outcomes=list(Outcome),
        crawled=crawled_table(view, where),
        coverage=coverage_section(view, code),
        adaptation=adaptation_section(view, code),
        judgement=judgement,
        claims=judgement and {verdict.value: found for verdict, found in judgement.claims_by_verdict.items()},
        claim_notes=claim_notes,
        block_words=block_words,
        **_not_run(view, where),
        **_example(view, found),
    )


def _not_run(view: ReportView, where: CellPhrases) -> dict[str, Any]:
    def places(reason: Reason) -> list[str]:
        if reason.outcome == Outcome.UNSUPPORTED and reason.cells:  # it depends on nothing but the release
            return [where.scrapy({scrapy for _, scrapy, _ in reason.places})]
        return list(written_places(view, where, reason.places))

    found = reasons(view)
    missing = {python for each in found if each.outcome == Outcome.MISSING_INTERPRETER for python, _, _ in each.places}
    return {
        "not_run": [(each, places(each)) for each in found],
        "missing_pythons": sorted(missing, key=natural_key),
    }


def _example(view: ReportView, found: Problems) -> dict[str, Any]:
    """Return a cell that is worth a look, and the command that runs it again."""
    groups = found.ended or found.doubted or found.closes
    example = groups[0].ids[0] if groups else next((cell.key.id for cell in view.cells()), "<cell>")
    cell = one_line(example, 300).replace("`", "'")
    again = one_line(run_again(view.run.command, cell), 2_000).replace("`", "'")
    return {"example": shlex.quote(cell), "example_again": again}
