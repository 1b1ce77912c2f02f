"""What `cells` and `show` print: lines of plain text, whatever the cells hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from rich.text import Text

from harness.errors import ConfigurationError
from harness.render.again import run_again
from harness.render.blocks import ViewCell
from harness.render.matrix_json import cell_object, lock_entries
from harness.render.text import one_line, visible
from harness.render.view import EnvironmentView, ReportView
from harness.results import CellKey, Outcome
from harness.store.run_store import RunStore

_STYLES = {
    Outcome.PASS: "green", Outcome.FAIL: "red", Outcome.HANG: "magenta", Outcome.CRASH: "bold red",
    Outcome.MISCONFIGURED: "yellow", Outcome.BROKEN: "yellow",
}  # fmt: skip
_WIDTH = max(len(outcome.value) for outcome in Outcome)
_DETAIL = 120


def render_cells(view: ReportView, cells: Iterable[ViewCell], shape: str) -> Iterator[str]:
    """The cells as `ids`, as `json` (one object a line), or as `table`: outcome, id, mechanism and detail."""
    if shape == "ids":
        yield from (visible(cell.key.id) for cell in cells)
    elif shape == "json":
        yield from (json.dumps({"cell": cell.key.id, **cell_object(cell), "origin": cell.origin}) for cell in cells)
    else:
        found = list(cells)
        width = max((len(cell.key.id) for cell in found), default=0)
        yield from (_row(cell, width) for cell in found)
        yield f"{len(found):,} of {view.count:,} cells of run {visible(view.run.id)}"


def _row(cell: ViewCell, width: int) -> str:
    seen = cell.observation
    why = ": ".join(one_line(text, _DETAIL) for text in (seen.mechanism, seen.detail) if text)
    unclean = f"[close {seen.close}] " if seen.close is not None and seen.close.value != "clean" else ""
    return f"{seen.outcome.value:<{_WIDTH}}  {visible(cell.key.id):<{width}}  {unclean}{why}".rstrip()


def render_show(view: ReportView, store: RunStore, key: CellKey) -> Iterator[str]:
    """Everything about one cell. `ConfigurationError` where the run's plan does not have it."""
    cell = view.cell(key)
    if cell is None:
        raise ConfigurationError(
            value=key.id,
            cause=f"the plan of run {view.run.id} does not have this cell",
            action="list those that it has with `scrapy-compat cells --format ids`, or name another run",
        )
    stored = store.cell(key)
    yield visible(key.id)
    yield ""
    yield from _pairs(_told(cell))
    environment = view.environment(key.environment)
    if environment is not None:
        yield from _environment(environment, view.overlays(key))
    evidence = None if stored is None else stored.result.evidence
    if evidence is not None:
        for title, text in (("exception", evidence.exception), ("stacks", evidence.stacks),
                            ("stdout", evidence.stdout), ("stderr", evidence.stderr)):  # fmt: skip
            yield from _section(title, text)
    yield from _section("run it again, alone", run_again(view.run.command, key.id))
    # Last, since with its hashes it is longer than all the rest.
    if environment is not None and environment.result is not None:
        yield from _section("lock", "\n".join(lock_entries(environment.result.lock)))
        for overlay in environment.result.overlays:
            if overlay.name in view.overlays(key):
                yield from _section(f"lock of {overlay.name}", "\n".join(lock_entries(overlay.lock)))


def _told(cell: ViewCell) -> Iterator[tuple[str, object]]:
    seen = cell.observation
    facts = seen.facts
    yield "outcome", seen.outcome
    yield "mechanism", seen.mechanism
    yield "detail", seen.detail
    yield "close", seen.close
    yield "reactor", "(no facts)" if facts is None else facts.reactor or "none"
    yield "loop", None if facts is None else facts.loop or "none"
    yield "policy", None if facts is None else facts.policy or "none"
    yield "seconds", None if cell.seconds is None else f"{cell.seconds:.6f}"
    yield "alone", "yes" if seen.isolated else "no, in a batch" if cell.origin else None
    yield "attested in", cell.origin or "no run: nothing was recorded"


def _environment(view: EnvironmentView, overlays: tuple[str, ...]) -> Iterator[str]:
    planned, result = view.planned, view.result
    yield from _title("environment")
    yield from _pairs([
        ("id", planned.id), ("requirement", planned.requirement),
        ("packages until", planned.exclude_newer), ("held back", ", ".join(planned.constraints) or None),
        ("status", "usable" if view.status is None else view.status), ("reason", view.reason),
        ("interpreter", None if result is None else result.interpreter),
        ("overlays", ", ".join(overlays) or None),
    ])  # fmt: skip
    if result is None:
        return
    for overlay in result.overlays:
        if overlay.name in overlays and overlay.status is not None:
            yield from _pairs([(f"overlay {overlay.name}", f"{overlay.status}: {overlay.reason}")])
    yield from _pairs((f"  {name}", version) for name, version in sorted(result.versions.items()))
    yield from _section("why, whole", result.detail or "")


def _title(title: str) -> Iterator[str]:
    yield ""
    yield f"--- {title}"


def _section(title: str, text: str) -> Iterator[str]:
    if not text.strip():
        return
    yield from _title(title)
    yield from (visible(line.rstrip("\r")) for line in text.rstrip().split("\n"))


def _pairs(pairs: Iterable[tuple[str, object]]) -> Iterator[str]:
    for name, value in pairs:
        if value is not None:
            yield f"{name + ':':<16} {one_line(str(value), 2_000)}"


def styled(line: str) -> Text:
    """A line of `render_cells` or `render_show` with colours, for a console on a terminal."""
    text = Text(line)
    if line.startswith("--- "):
        text.stylize("bold")
    for outcome, style in _STYLES.items():
        text.highlight_regex(rf"^(?:outcome: +)?{outcome.value}(?=\s|$)", style)
    return text
