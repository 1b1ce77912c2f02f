"""What a run has measured: when, on which machines, in which environments."""

from __future__ import annotations

from harness.infra.text import number, one_line, plural
from harness.render.cell_phrases import CellPhrases
from harness.render.view import EnvironmentView, ReportView
from harness.store.merged import Delivery


def when(view: ReportView) -> str:
    """Return from when to when cells were run, and how many were known from runs before that."""
    told = f"From {view.run.started} to {view.run.finished or '(not finished)'}"
    if view.earlier:
        runs = plural(len(view.earlier), "earlier run")
        told += f"; {number(view.earlier.total())} cells were known from {runs}, the oldest {min(view.earlier)}"
    return told


def machine(delivery: Delivery) -> str:
    """Return what one machine delivered to a merged run, as one line of plain text."""
    host = ", ".join(f"{key} {value}" for key, value in delivery.host.items())
    when = f"from {delivery.started} to {delivery.finished or '(interrupted)'}"
    size = f"{number(delivery.cells)} cells in {plural(len(delivery.environments), 'environment')}"
    return one_line(f"{delivery.name}, run {delivery.run} {when}: {size}; {host}", 1_000)


def crawled_table(view: ReportView, where: CellPhrases) -> list[list[str]]:
    """Return where a crawl ran: a row for the releases of Scrapy that are equal, a column for each Python."""
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
