"""ReportView -> reports/matrix.md: what one would want to read in a pull request."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from harness.analysis.axis_values import kind_of
from harness.infra.text import code, one_line, plural
from harness.judge.claim_results import Judgement
from harness.model.ids import LaneName
from harness.model.outcome import Outcome
from harness.model.scenario_names import PLAIN_CALLBACK
from harness.render.adaptation_text import ANCHOR, adaptation_section, unasked_lines
from harness.render.cell_phrases import CellPhrases
from harness.render.coverage_phrases import coverage_section
from harness.render.markdown.answers import answers
from harness.render.markdown.bounded_page import CELLS, ROWS, BoundedPage
from harness.render.markdown.claims_section import claims_section, refuted_item
from harness.render.markdown.other_scenarios import ALIKE, family_tables
from harness.render.markdown.outcome_tables import LEGEND, Footnotes, release_tables, scenario_table
from harness.render.markdown.problem_sections import not_run_section, problem_sections
from harness.render.markdown.run_summary import measured_section
from harness.render.problems import Group, Problems, problems
from harness.render.rerun_command import run_again
from harness.render.view import ReportView
from harness.render.wine_notice import wine_notice

LIMIT = 450_000
"""Bytes of the whole file."""
_TABLES_SHARE = 0.55
_NOTES = 150


def render_markdown(view: ReportView, judgement: Judgement | None = None) -> str:
    """The report as Markdown of less than 500 kB, whatever the cells hold; with claims where cells were judged."""
    page, where, found = BoundedPage(LIMIT), CellPhrases(view), problems(view)
    page.line("# Which way of awaiting a Deferred works where")
    page.line()
    # Near the beginning: it tells whether a file is that of a certain run.
    page.line(f"Run {code(view.run.id)} of the plan {code(view.run.plan)}: {plural(view.measured, 'cell')} measured.")
    page.line()
    note = wine_notice(view)
    if note is not None:
        page.line(f"**{note}**")
        page.line()
    _answer(page, view, judgement)
    measured_section(page, view, where)
    coverage_section(page, view)
    adaptation_section(page, view)
    if judgement is not None:
        claims_section(page, view, where, judgement)
    _tables(page, view, where)
    _scenarios(page, view)
    _elsewhere(page, view, where)
    problem_sections(page, where, found)
    not_run_section(page, view, where)
    _trace(page, view, found)
    return page.text()


def _answer(page: BoundedPage, view: ReportView, judgement: Judgement | None) -> None:
    if not view.complete:
        counts = [
            plural(view.outcomes[each], f"{each} cell") for each in Outcome if each.incomplete and view.outcomes[each]
        ]
        if view.unknown:
            page.line(f"**Incomplete:** {', '.join(counts)}; "
                      "see [what could not be run](#what-could-not-be-run-and-why).")  # fmt: skip
            page.line()
        if view.plan.adaptation is not None and view.unasked:
            told = "; ".join(unasked_lines(view.plan.adaptation))
            page.line(f"**Incomplete:** {told}. See [what was asked instead]({ANCHOR}).")
            page.line()
    lines = [*answers(view), *(() if judgement is None else refuted_item(judgement))]
    page.items(lines, len(lines), limit=50, share=0.1, more="the tables below show them")
    if len(view.core.scenarios) < len(view.scenarios):
        page.line("All this is about awaiting in a callback. What other places do is told [further "
                  "down](#other-places-ways-to-start-and-what-else-is-awaited).")  # fmt: skip
        page.line()
    others = dict.fromkeys(LaneName.parse(lane).reactor for lane in view.lanes if kind_of(lane) == "other")
    if others:
        page.line(f"“With another reactor” means a lane of one of {', '.join(map(code, others))}.")
    page.line("Only cells whose await was really tried are counted. What no helper changes is told first, "
              "and left out of what is said of each; the tables below count every cell.")  # fmt: skip


def _tables(page: BoundedPage, view: ReportView, where: CellPhrases) -> None:
    page.heading("Helper x lane, by release of Scrapy")
    page.line("Releases whose tables are equal are one table, lanes that are equal one column.")
    page.line()
    page.items(LEGEND, len(LEGEND), limit=len(LEGEND), share=1, more="")
    footnotes = Footnotes(where, _NOTES)
    everything = f"`{CELLS} --format json` has every cell"
    for table in release_tables(view, where, footnotes):
        page.heading(table.title, 3)
        page.line(table.note)
        page.line()
        page.table(table.header, table.rows, len(table.rows), limit=ROWS, share=_TABLES_SHARE, more=everything)
        if table.footnotes:
            notes = table.footnotes
            page.items(notes, len(notes), limit=_NOTES, share=_TABLES_SHARE, more=everything)
    if footnotes.left_out:
        page.line(f"*… {plural(footnotes.left_out, 'more note')} left out here: {everything}*")


def _scenarios(page: BoundedPage, view: ReportView) -> None:
    page.heading("Differences between scenarios")
    table = scenario_table(view)
    if table is None:
        page.line("None: every helper had the same outcome in all scenarios of a release and lane.")
        return
    page.line(f"Over all releases and lanes; scenarios that are equal everywhere are one row. {table.note}".rstrip())
    page.line()
    page.table(table.header, table.rows, len(table.rows), limit=ROWS, share=0.3, more=f"`{CELLS} --scenario NAME`")


def _elsewhere(page: BoundedPage, view: ReportView, where: CellPhrases) -> None:
    tables = list(family_tables(view, where))
    if not tables:
        return
    page.heading("Other places, ways to start, and what else is awaited")
    page.line(f"Compared cell by cell with `{PLAIN_CALLBACK}` of the same environment, lane and helper: “{ALIKE}” is "
              "where both passed, or failed for the same reason; only what differs needs to be remembered. "
              "`never-awaited` means that the body of the coroutine was never run.")  # fmt: skip
    for table in tables:
        page.heading(table.title, 3)
        page.table(table.header, table.rows, len(table.rows), limit=ROWS, share=0.3, more=f"`{CELLS} --scenario NAME`")


def _trace(page: BoundedPage, view: ReportView, found: Problems) -> None:
    page.heading("How to trace a cell")
    groups: Sequence[Group] = found.ended or found.doubted or found.closes
    example = groups[0].ids[0] if groups else next((cell.key.id for cell in view.cells()), "<cell>")
    cell = one_line(example, 300).replace("`", "'")
    again = one_line(run_again(view.run.command, cell), 2_000).replace("`", "'")
    page.line("Everything about one: facts, exception, stacks, output, lock; then run it again, alone:")
    for line in ("", "```console", f"scrapy-compat show {shlex.quote(cell)}", again, "```", ""):  # fmt: skip
        page.line(line)
    page.line(f"`{CELLS} --outcome fail --scrapy 2.13` lists cells, `--format json` as one JSON object a line.")
