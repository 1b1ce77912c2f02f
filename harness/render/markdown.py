"""ReportView -> reports/matrix.md: what one would want to read in a pull request."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from harness.judge.claims import Judgement
from harness.judge.ranges import natural_key
from harness.render.again import run_again
from harness.render.answers import answers
from harness.render.claims import claims_section, refuted_item
from harness.render.elsewhere import ALIKE, family_tables
from harness.render.page import Page
from harness.render.problems import Group, Problems, problems, total
from harness.render.reasons import Reason, reasons, written_places
from harness.render.tables import LEGEND, Footnotes, release_tables, scenario_table
from harness.render.text import code, number, one_line, plural, prose
from harness.render.view import EnvironmentView, ReportView
from harness.render.where import Where
from harness.results import Outcome

LIMIT = 450_000
"""Bytes of the whole file."""
_TABLES_SHARE = 0.55
_NOTES = 150
_ROWS = 100
_PLACES = 8
_CELLS = "scrapy-compat cells"


def render_markdown(view: ReportView, judgement: Judgement | None = None) -> str:
    """The report as Markdown of less than 500 kB, whatever the cells hold; with claims where cells were judged."""
    page, where, found = Page(LIMIT), Where(view), problems(view)
    page.line("# Which way of awaiting a Deferred works where")
    page.line()
    # Near the beginning: it tells whether a file is that of a certain run.
    page.line(f"Run {code(view.run.id)} of the plan {code(view.run.plan)}: {plural(view.measured, 'cell')} measured.")
    page.line()
    _answer(page, view, judgement)
    _measured(page, view, where)
    if judgement is not None:
        claims_section(page, view, where, judgement)
    _tables(page, view, where)
    _scenarios(page, view)
    _elsewhere(page, view, where)
    _problems(page, where, found)
    _not_run(page, view, where)
    _trace(page, view, found)
    return page.text()


def _answer(page: Page, view: ReportView, judgement: Judgement | None) -> None:
    if not view.complete:
        counts = [plural(view.outcomes[each], f"{each} cell") for each in
                  (Outcome.MISSING_INTERPRETER, Outcome.NOT_RUN, Outcome.MISSING, Outcome.CONFLICT)
                  if view.outcomes[each]]  # fmt: skip
        page.line(f"**Incomplete:** {', '.join(counts)}; see [what could not be run](#what-could-not-be-run-and-why).")
        page.line()
    lines = [*answers(view), *(() if judgement is None else refuted_item(judgement))]
    page.items(lines, len(lines), limit=50, share=0.1, more="the tables below show them")
    page.line("“With another reactor” means the select, poll and epoll reactors (or what the platform's default is). "
              "Only cells whose await was really tried are counted. What no helper changes is told first, and left "
              "out of what is said of each; the tables below count every cell.")  # fmt: skip


def _measured(page: Page, view: ReportView, where: Where) -> None:
    run = view.run
    page.heading("What was measured")
    host = ", ".join(f"{prose(key)} {prose(value)}" for key, value in run.host.items())
    interpreters = sorted({each.result.interpreter for each in view.environments if each.result is not None
                           and each.result.interpreter}, key=natural_key)  # fmt: skip
    page.line(f"- From {run.started} to {run.finished or '(not finished)'}")
    page.line(f"- Host: {host or 'unknown'}")
    profiles = ", ".join(map(code, view.profiles))
    page.line(f"- {where.scrapy(view.scrapys)}; {where.python(view.pythons)}; "
              f"profiles {profiles}; platform {', '.join(map(code, view.platforms))}")  # fmt: skip
    page.line(f"- {plural(len(view.lanes), 'lane')}: {', '.join(map(code, view.lanes))}")
    page.line("- The lane `default` is `TWISTED_REACTOR = None`, the platform's own reactor: what runs when nothing "
              "is set up to Scrapy 2.12. From 2.13 on that is `asyncio-default`.")  # fmt: skip
    others = len(view.scenarios) - len(view.core.scenarios)
    more = f"; {number(others)} others" if others else ""
    page.line(f"- {plural(len(view.core.scenarios), 'scenario')} of awaiting in a callback: "
              f"{', '.join(map(code, view.core.scenarios))}{more}")  # fmt: skip
    planned = [each for each in view.environments if each.planned.status is None]
    page.line(f"- A crawl ran in {number(sum(each.crawled for each in planned))} of the "
              f"{plural(len(planned), 'environment')} asked for")  # fmt: skip
    if interpreters:
        page.line(f"- Interpreters: {'; '.join(prose(each, 100) for each in interpreters[:30])}")
    page.line()
    rows = [[outcome.value, number(view.outcomes[outcome])] for outcome in Outcome if view.outcomes[outcome]]
    rows.append(["**all**", number(view.count)])
    page.table(["outcome", "cells"], rows, len(rows), limit=20, share=0.1, more="`matrix.json` has them")
    page.line("In which environments a crawl ran (✓ with every profile planned, ✗ with none, blank: not in this plan):")
    page.line()
    grid = _environment_grid(view, where)
    page.table(["", *view.pythons], grid, len(grid), limit=_ROWS, share=0.1, more="`matrix.json` has all of them")


def _environment_grid(view: ReportView, where: Where) -> list[list[str]]:
    places: dict[tuple[str, str], list[EnvironmentView]] = {}
    for each in view.environments:
        if each.planned.status is None:
            places.setdefault((view.labels[each.planned.scrapy], each.planned.python), []).append(each)

    def text(scrapy: str, python: str) -> str:
        here = places.get((scrapy, python), [])
        usable = [each.planned.profile for each in here if each.crawled]
        if not here:
            return ""
        return "✓" if len(usable) == len(here) else ", ".join(dict.fromkeys(usable)) or "✗"

    rows: dict[tuple[str, ...], list[str]] = {}
    for scrapy in view.scrapys:
        rows.setdefault(tuple(text(scrapy, python) for python in view.pythons), []).append(scrapy)
    return [[where.scrapy(releases), *row] for row, releases in rows.items()]


def _tables(page: Page, view: ReportView, where: Where) -> None:
    page.heading("Helper x lane, by release of Scrapy")
    page.line("Releases whose tables are equal are one table, lanes that are equal one column.")
    page.line()
    page.items(LEGEND, len(LEGEND), limit=len(LEGEND), share=1, more="")
    footnotes = Footnotes(where, _NOTES)
    everything = f"`{_CELLS} --format json` has every cell"
    for table in release_tables(view, where, footnotes):
        page.heading(table.title, 3)
        page.line(table.note)
        page.line()
        page.table(table.header, table.rows, len(table.rows), limit=_ROWS, share=_TABLES_SHARE, more=everything)
        if table.footnotes:
            notes = table.footnotes
            page.items(notes, len(notes), limit=_NOTES, share=_TABLES_SHARE, more=everything)
    if footnotes.left_out:
        page.line(f"*… {plural(footnotes.left_out, 'more note')} left out here: {everything}*")


def _scenarios(page: Page, view: ReportView) -> None:
    page.heading("Differences between scenarios")
    table = scenario_table(view)
    if table is None:
        page.line("None: every helper had the same outcome in all scenarios of a release and lane.")
        return
    page.line(f"Over all releases and lanes; scenarios that are equal everywhere are one row. {table.note}".rstrip())
    page.line()
    page.table(table.header, table.rows, len(table.rows), limit=_ROWS, share=0.3, more=f"`{_CELLS} --scenario NAME`")


def _elsewhere(page: Page, view: ReportView, where: Where) -> None:
    tables = list(family_tables(view, where))
    if not tables:
        return
    page.heading("Other places, ways to start, and what else is awaited")
    page.line(f"Compared cell by cell with `callback_pending` of the same environment, lane and helper: “{ALIKE}” is "
              "where both passed, or failed for the same reason; only what differs needs to be remembered. "
              "`never-awaited` means that the body of the coroutine was never run.")  # fmt: skip
    for table in tables:
        page.heading(table.title, 3)
        page.table(
            table.header, table.rows, len(table.rows), limit=_ROWS, share=0.3, more=f"`{_CELLS} --scenario NAME`"
        )


def _problems(page: Page, where: Where, found: Problems) -> None:
    page.heading("Closes that were not clean")
    if found.closes:
        page.line(f"{plural(total(found.closes), 'cell')}: how the crawl ended, whatever the await gave.")
        page.line()
        rows = ([str(group.key[0]), *_row(where, group)] for group in found.closes)
        page.table(
            ["close", *_HEADER],
            rows,
            len(found.closes),
            limit=_ROWS,
            share=0.3,
            more=f"`{_CELLS} --format json`, field `close`",
        )
    else:
        page.line("None: every crawl closed cleanly.")
    page.heading("Cells that ran on something else than was asked for, or cannot be believed")
    if found.doubted:
        rows = ([_kind(group), *_got(group), *_row(where, group)] for group in found.doubted)
        header = ["outcome", "reactor got", "loop got", *_HEADER]
        page.table(header, rows, len(found.doubted), limit=_ROWS, share=0.3, more=f"`{_CELLS} --outcome misconfigured`")
    else:
        page.line("None.")
    page.heading("Hangs and crashes")
    if found.ended:
        rows = ([_kind(group), *_row(where, group)] for group in found.ended)
        page.table(
            ["outcome", *_HEADER],
            rows,
            len(found.ended),
            limit=_ROWS,
            share=0.3,
            more=f"`{_CELLS} --outcome hang,crash`",
        )
        page.line(f"All their ids: `{_CELLS} --outcome hang,crash --format ids`.")
    else:
        page.line("None.")
    if found.uncounted:
        page.line(f"*… {plural(found.uncounted, 'more cell')} of these three kinds, too different to list: "
                  f"`{_CELLS} --format json` has every cell*")  # fmt: skip


_HEADER = ["cells", "scenario", "helper", "where", "detail", "for example"]


def _row(where: Where, group: Group) -> list[str]:
    place = f"{where.scrapy(group.scrapys)}; {where.python(group.pythons)}; {where.lanes(group.lanes)}"
    detail = prose(group.first.observation.detail or "", 120)
    names = [where.write("scenario", group.scenarios), where.write("helper", group.helpers)]
    return [number(group.count), *names, place, detail, code(group.ids[0], 200)]


def _kind(group: Group) -> str:
    seen = group.first.observation
    return seen.outcome.value + (f": {code(seen.mechanism, 60)}" if seen.mechanism else "")


def _got(group: Group) -> list[str]:
    facts = group.first.observation.facts
    return ["none" if name is None else code(name.rpartition(".")[2], 60)
            for name in ((None, None) if facts is None else (facts.reactor, facts.loop))]  # fmt: skip


def _not_run(page: Page, view: ReportView, where: Where) -> None:
    page.heading("What could not be run, and why")
    found = reasons(view)
    if not found:
        page.line("Nothing: every cell of the plan was tried.")
        return
    rows = (_reason_row(view, where, reason) for reason in found)
    page.table(["outcome", "where", "cells", "why"], rows, len(found), limit=2 * _ROWS, share=0.6,
               more=f"`{_CELLS} --outcome uninstallable,broken`")  # fmt: skip
    missing = sorted({python for reason in found if reason.outcome == Outcome.MISSING_INTERPRETER
                      for python, _, _ in reason.places}, key=natural_key)  # fmt: skip
    if missing:
        words = " ".join(f"pypy@{python[4:]}" if python.startswith("pypy") else python for python in missing)
        page.line(f"Missing interpreters: {where.python(missing)}. `uv python install {words}` gets them, or "
                  "`scrapy-compat run --install-pythons`; one that is installed elsewhere is found when its path is in "
                  "`SCRAPY_COMPAT_PYTHONS`.")  # fmt: skip


def _reason_row(view: ReportView, where: Where, reason: Reason) -> list[str]:
    if reason.outcome == Outcome.UNSUPPORTED and reason.cells:  # it depends on nothing but the release
        places = [where.scrapy({scrapy for _, scrapy, _ in reason.places})]
    else:
        places = list(written_places(view, where, reason.places))
    left_out = len(places) - _PLACES
    shown = "<br>".join(places[:_PLACES]) + (f"<br>… {number(left_out)} more" if left_out > 0 else "")
    if reason.lanes and not reason.lanes >= reason.runnable:
        shown += f"<br>only {where.lanes(reason.lanes)}"
    if 0 < len(reason.helpers) < len(view.helpers):
        shown += f"<br>only {where.write('helper', reason.helpers)}"
    text = prose(reason.text, 300)
    return [reason.outcome.value, shown, number(reason.cells), text if reason.alike else f"e.g. {text}"]


def _trace(page: Page, view: ReportView, found: Problems) -> None:
    page.heading("How to trace a cell")
    groups: Sequence[Group] = found.ended or found.doubted or found.closes
    example = groups[0].ids[0] if groups else next((cell.key.id for cell in view.cells()), "<cell>")
    cell = one_line(example, 300).replace("`", "'")
    again = one_line(run_again(view.run.command, cell), 2_000).replace("`", "'")
    page.line("Everything about one: facts, exception, stacks, output, lock; then run it again, alone:")
    for line in ("", "```console", f"scrapy-compat show {shlex.quote(cell)}", again, "```", ""):  # fmt: skip
        page.line(line)
    page.line(f"`{_CELLS} --outcome fail --scrapy 2.13` lists cells, `--format json` as one JSON object a line.")
