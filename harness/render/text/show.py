"""One stored cell with everything that is known of it: as lines of plain text, and as one object for JSON."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.infra.errors import ConfigurationError
from harness.infra.resources import STATE
from harness.infra.text import capped_lines, one_line, plural, visible
from harness.judge.verdict import Judge
from harness.judge.verdict_reasons import ReasonedVerdict, reasoned_verdict
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.model.result import Evidence
from harness.render.adaptation_text import instead_text
from harness.render.lane_cells import ViewCell
from harness.render.matrix_json import cell_object, lock_entries
from harness.render.rerun_command import run_again
from harness.render.to_plain import plain
from harness.render.view import EnvironmentView, ReportView, shipped_words
from harness.store.merged import Delivery
from harness.store.run_store import RunStore

_LABEL = 16
_WIDTH = 110
_TEXTS = ("exception", "stacks", "stdout", "stderr")
_PACKED = "not kept in the run that comes with the harness; the command below records them"


class ShownCell:
    """One cell of a stored run. `ConfigurationError` where the run's plan does not have it."""

    def __init__(
        self,
        view: ReportView,
        store: RunStore | None,
        key: CellKey,
        judge: Judge | None = None,
        *,
        state: Path = STATE,
    ) -> None:
        """Without a `store` nothing is known of output and stacks, without a `judge` nothing is said of verdicts.

        `state`: the folder of the run.
        """
        cell = view.cell(key)
        if cell is None:
            raise ConfigurationError(
                value=key.id,
                cause=f"the plan of run {view.run.id} does not have this cell",
                action="list those that it has with `scrapy-compat cells --format ids`, or name another run",
            )
        stored = None if store is None else store.cell(key)
        self._view = view
        self._kept = () if state == STATE else ("--state", str(state))
        self._cell = cell
        self._environment = view.environment(key.environment)
        self._overlays = view.overlays(key)
        self._evidence = (None if stored is None else stored.evidence) or Evidence()
        self._judged = None if judge is None else reasoned_verdict(judge, _known(cell))

    def lines(self, *, lock: bool) -> Iterator[str]:
        """Return lines for people; with `lock` the lock whole, else only how large it is."""
        key = self._cell.key
        yield visible(key.id)
        yield from [f"from {shipped_words(self._view.run)}", ""] if self._view.shipped else [""]
        yield from _pairs(_told(self._cell))
        if self._delivery is not None:
            yield from _pairs([("delivered by", f"{self._delivery.name}: {self._delivery.machine}")])
        if self._judged is not None:
            yield from _pairs(_verdict(self._judged))
        if self._environment is not None:
            yield from _environment(self._environment, self._overlays)
        for title in _TEXTS:
            yield from _section(title, getattr(self._evidence, title))
        yield from _section("exception, stacks, output, lock", _PACKED if self._view.shipped else "")
        yield from _section(self._again(), run_again(self._view.run.command, key.id))
        if self._cell.observation.outcome != Outcome.PASS:
            yield from _section(
                "what makes it pass", visible(shlex.join(["scrapy-compat", "why", key.id, *self._kept]))
            )
        locks = list(self._locks())
        if lock:
            # Last, since with its hashes it is longer than all the rest.
            for title, entries in locks:
                yield from _section(title, "\n".join(entries))
        elif locks:
            told = ", ".join(f"{title}: {plural(len(entries), 'package')}" for title, entries in locks)
            yield ""
            yield f"{told} (--lock shows them)"

    @property
    def _delivery(self) -> Delivery | None:
        """Of a merged run: what the cell came with; nothing did with one that is missing or in conflict."""
        merged = self._view.run.merged
        return (
            None
            if merged is None or self._cell.origin == self._view.run.id
            else merged.of(self._cell.origin, self._cell.key.environment)
        )

    def _again(self) -> str:
        if self._view.run.merged is None or self._environment is None:
            return "run it again, alone"
        return f"run it again, alone, on {self._environment.planned.platform}"

    def object(self) -> dict[str, Any]:
        """Return for programs: the cell as `matrix.json` has it, and everything beside it; the lock is always whole."""
        found: dict[str, Any] = {"cell": self._cell.key.id, "run": self._view.run.id, **cell_object(self._cell)}
        found["origin"] = self._cell.origin or None
        if self._delivery is not None:
            found["delivered_by"] = {"artifact": self._delivery.name, "host": dict(self._delivery.host)}
        if self._judged is not None:
            found |= plain(self._judged)
        found["evidence"] = {title: getattr(self._evidence, title) for title in _TEXTS}
        if self._evidence.suite is not None:
            found["evidence"]["suite"] = self._evidence.suite
        if self._environment is not None:
            found["provided"] = dict(_environment_pairs(self._environment, self._overlays))
            result = self._environment.result
            found["versions"] = {} if result is None else dict(result.versions)
        found["locks"] = dict(self._locks())
        found["again"] = run_again(self._view.run.command, self._cell.key.id)
        return dict(plain(found))

    def _locks(self) -> Iterator[tuple[str, list[str]]]:
        result = None if self._environment is None else self._environment.result
        if result is None:
            return
        if result.lock:
            yield "lock", lock_entries(result.lock)
        for overlay in result.overlays:
            if overlay.name in self._overlays and overlay.lock:
                yield f"lock of {overlay.name}", lock_entries(overlay.lock)


def _known(cell: ViewCell) -> KnownCell:
    seen = cell.observation
    reactor, loop = (None, None) if seen.facts is None else (seen.facts.reactor, seen.facts.loop)
    return KnownCell(CellCoordinates.of(cell.key), seen.outcome, seen.mechanism, seen.detail, reactor, loop)


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
    ran = cell.origin is not None and not seen.outcome.by_merge
    yield "alone", "yes" if seen.isolated else "no, in a batch" if ran else None
    yield "attested in", cell.origin or "no run: nothing was recorded"


def _verdict(judged: ReasonedVerdict) -> Iterator[tuple[str, object]]:
    yield "verdict", judged.verdict
    for ground in judged.grounds:
        yield "  for" if ground.agrees else "  against", f"{ground.source}: {ground.text}"
    if not judged.grounds:
        yield "  since", "no claim and no baseline says anything of it"


def _environment(view: EnvironmentView, overlays: tuple[str, ...]) -> Iterator[str]:
    yield from _title("environment")
    yield from _pairs(_environment_pairs(view, overlays))
    result = view.result
    if result is None:
        return
    for overlay in result.overlays:
        if overlay.name in overlays and overlay.status is not None:
            yield from _pairs([(f"overlay {overlay.name}", f"{overlay.status}: {overlay.reason}")])
    yield from _packages(result.versions)
    yield from _section("why, whole", result.detail or "")


def _environment_pairs(view: EnvironmentView, overlays: tuple[str, ...]) -> list[tuple[str, str | None]]:
    planned, result = view.planned, view.result
    return [
        ("id", planned.id), ("measured", None if view.substitution is None else instead_text(view.substitution)),
        ("requirement", planned.requirement),
        ("packages until", planned.exclude_newer), ("held back", ", ".join(planned.constraints) or None),
        ("added", ", ".join(planned.additions) or None),
        ("status", "usable" if view.status is None else view.status.value), ("reason", view.reason),
        ("interpreter", None if result is None else result.interpreter or None),
        ("overlays", ", ".join(overlays) or None),
    ]  # fmt: skip


def _packages(versions: Mapping[str, str]) -> Iterator[str]:
    told = [one_line(f"{name} {version}") for name, version in sorted(versions.items()) if name != "python_build"]
    indent = " " * (_LABEL + 1)
    # A name stays beside its version.
    text = ", ".join(each.replace(" ", "\N{NO-BREAK SPACE}") for each in told)
    first = f"{'packages:':<{_LABEL}} "
    lines = textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)
    yield from (line.replace("\N{NO-BREAK SPACE}", " ") for line in lines)


def _title(title: str) -> Iterator[str]:
    yield ""
    yield f"--- {title}"


def _section(title: str, text: str) -> Iterator[str]:
    if text.strip():
        yield from _title(title)
        yield from capped_lines(text.rstrip())


def _pairs(pairs: Iterable[tuple[str, object]]) -> Iterator[str]:
    for name, value in pairs:
        if value is not None:
            yield f"{name + ':':<{_LABEL}} {one_line(str(value), 2_000)}"
