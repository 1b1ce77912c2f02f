"""What a run has measured: a section of the report."""

from __future__ import annotations

from harness.analysis.ranges import natural_key
from harness.infra.text import code, number, one_line, plural, prose
from harness.model.outcome import Outcome
from harness.render.cell_phrases import CellPhrases
from harness.render.markdown.bounded_page import ROWS, BoundedPage
from harness.render.view import EnvironmentView, ReportView
from harness.store.merged import Delivery


def when(view: ReportView) -> str:
    """From when to when cells were run, and how many were known from runs before that."""
    told = f"From {view.run.started} to {view.run.finished or '(not finished)'}"
    if view.earlier:
        runs = plural(len(view.earlier), "earlier run")
        told += f"; {number(view.earlier.total())} cells were known from {runs}, the oldest {min(view.earlier)}"
    return told


def machine(delivery: Delivery) -> str:
    """What one machine delivered to a merged run, as one line of plain text."""
    host = ", ".join(f"{key} {value}" for key, value in delivery.host.items())
    when = f"from {delivery.started} to {delivery.finished or '(interrupted)'}"
    size = f"{number(delivery.cells)} cells in {plural(len(delivery.environments), 'environment')}"
    return one_line(f"{delivery.name}, run {delivery.run} {when}: {size}; {host}", 1_000)


def measured_section(page: BoundedPage, view: ReportView, where: CellPhrases) -> None:
    """Adds the section: when, on what, how many cells of each outcome, and where a crawl ran."""
    run = view.run
    page.heading("What was measured")
    host = ", ".join(f"{prose(key)} {prose(value)}" for key, value in run.host.items())
    interpreters = sorted({each.result.interpreter for each in view.environments if each.result is not None
                           and each.result.interpreter}, key=natural_key)  # fmt: skip
    page.line(f"- {when(view)}")
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
    for each in view.deliveries:
        page.line(f"- {prose(machine(each), 1_000)}")
    if interpreters:
        page.line(f"- Interpreters: {'; '.join(prose(each, 100) for each in interpreters[:30])}")
    page.line()
    rows = [[outcome.value, number(view.outcomes[outcome])] for outcome in Outcome if view.outcomes[outcome]]
    rows.append(["**all**", number(view.count)])
    page.table(["outcome", "cells"], rows, len(rows), limit=20, share=0.1, more="`matrix.json` has them")
    page.line("In which environments a crawl ran (✓ with every profile planned, ✗ with none, blank: not in this plan):")
    page.line()
    grid = _environment_grid(view, where)
    page.table(["", *view.pythons], grid, len(grid), limit=ROWS, share=0.1, more="`matrix.json` has all of them")


def _environment_grid(view: ReportView, where: CellPhrases) -> list[list[str]]:
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
