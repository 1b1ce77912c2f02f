"""What went wrong and what could not be run: sections of the report."""

from __future__ import annotations

from harness.analysis.ranges import natural_key
from harness.infra.text import code, number, plural, prose
from harness.model.outcome import Outcome
from harness.render.cell_phrases import CellPhrases
from harness.render.markdown.bounded_page import CELLS, ROWS, BoundedPage
from harness.render.not_run_reasons import Reason, reasons, written_places
from harness.render.problems import Group, Problems, total
from harness.render.view import ReportView

_PLACES = 8


def problem_sections(page: BoundedPage, where: CellPhrases, found: Problems) -> None:
    """Adds a section for each kind of problem."""
    page.heading("Closes that were not clean")
    if found.closes:
        page.line(f"{plural(total(found.closes), 'cell')}: how the crawl ended, whatever the await gave.")
        page.line()
        rows = ([str(group.key[0]), *_row(where, group)] for group in found.closes)
        page.table(
            ["close", *_HEADER],
            rows,
            len(found.closes),
            limit=ROWS,
            share=0.3,
            more=f"`{CELLS} --format json`, field `close`",
        )
    else:
        page.line("None: every crawl closed cleanly.")
    page.heading("Cells that ran on something else than was asked for, or cannot be believed")
    if found.doubted:
        rows = ([_kind(group), *_got(group), *_row(where, group)] for group in found.doubted)
        header = ["outcome", "reactor got", "loop got", *_HEADER]
        page.table(header, rows, len(found.doubted), limit=ROWS, share=0.3, more=f"`{CELLS} --outcome misconfigured`")
    else:
        page.line("None.")
    page.heading("Hangs and crashes")
    if found.ended:
        rows = ([_kind(group), *_row(where, group)] for group in found.ended)
        page.table(
            ["outcome", *_HEADER],
            rows,
            len(found.ended),
            limit=ROWS,
            share=0.3,
            more=f"`{CELLS} --outcome hang,crash`",
        )
        page.line(f"All their ids: `{CELLS} --outcome hang,crash --format ids`.")
    else:
        page.line("None.")
    if found.uncounted:
        page.line(f"*… {plural(found.uncounted, 'more cell')} of these three kinds, too different to list: "
                  f"`{CELLS} --format json` has every cell*")  # fmt: skip


_HEADER = ["cells", "scenario", "helper", "where", "detail", "for example"]


def _row(where: CellPhrases, group: Group) -> list[str]:
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


def not_run_section(page: BoundedPage, view: ReportView, where: CellPhrases) -> None:
    """Adds the section: which cells, and why."""
    page.heading("What could not be run, and why")
    found = reasons(view)
    if not found:
        page.line("Nothing: every cell of the plan was tried.")
        return
    rows = (_reason_row(view, where, reason) for reason in found)
    page.table(["outcome", "where", "cells", "why"], rows, len(found), limit=2 * ROWS, share=0.6,
               more=f"`{CELLS} --outcome uninstallable,broken`")  # fmt: skip
    missing = sorted({python for reason in found if reason.outcome == Outcome.MISSING_INTERPRETER
                      for python, _, _ in reason.places}, key=natural_key)  # fmt: skip
    if missing:
        words = " ".join(f"pypy@{python[4:]}" if python.startswith("pypy") else python for python in missing)
        page.line(f"Missing interpreters: {where.python(missing)}. `uv python install {words}` gets them, or "
                  "`scrapy-compat run --install-pythons`; one that is installed elsewhere is found when its path is in "
                  "`SCRAPY_COMPAT_PYTHONS`.")  # fmt: skip


def _reason_row(view: ReportView, where: CellPhrases, reason: Reason) -> list[str]:
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
