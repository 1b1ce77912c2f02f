"""What `baseline` does: accepts the state of a platform, or shows what is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.commands.stored_runs import open_run
from harness.infra.errors import ConfigurationError
from harness.judge.baseline_file import baseline_file
from harness.judge.baseline_writer import accept_cells
from harness.render.report_files import written_whole
from harness.render.view import ReportView
from harness.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineUpdate:
    """What became of the baseline of one platform."""

    path: Path
    dropped: tuple[str, ...]
    """What was about cells that do not exist."""
    entries: int
    """Lines that it has now."""
    new: int | None
    """Lines that were not there before; None where there was no baseline."""
    gone: int | None

    def lines(self) -> Iterator[str]:
        """For people."""
        yield from (f"dropped, stale: {line}" for line in self.dropped)
        told = "" if self.new is None else f", {self.new} new, {self.gone} gone"
        yield f"{self.path}: {self.entries} lines{told}"


def accept(state: Path, run_id: str | None, loaded: Workspace, baselines: Path) -> Iterator[BaselineUpdate]:
    """Write the baseline of every platform of a stored run, so that all its cells are expected."""
    judge = loaded.judge(baselines)
    with open_run(state, run_id) as store:
        view = ReportView.of_store(store)
    for platform in view.platforms:
        universe = loaded.universe(platform)
        before = judge.baselines.get(platform)
        made = accept_cells(judge, view.known(), universe, platform, loaded.known.scrapys)
        path = baseline_file(baselines, platform)
        with written_whole(path) as file:
            file.write(made.text)
        was, now = (set() if one is None else {(each.accepted, each.text) for each in one.entries}
                    for one in (before, made))  # fmt: skip
        yield BaselineUpdate(
            path=path,
            dropped=() if before is None else tuple(before.stale(universe)),
            entries=len(made.entries),
            new=None if before is None else len(now - was),
            gone=None if before is None else len(was - now),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineSummary:
    """What is accepted of one platform."""

    path: Path
    entries: tuple[tuple[str, str], ...]
    """Outcome and mechanism, and the cells that may give them."""
    stale: tuple[str, ...]
    """What is about cells that do not exist."""

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"{self.path}: {len(self.entries)} lines"
        yield from (f"  {accepted}: {text}" for accepted, text in self.entries)
        yield from (f"  stale: {line}; `scrapy-compat baseline accept` drops it" for line in self.stale)


def baseline_summaries(loaded: Workspace, baselines: Path) -> Iterator[BaselineSummary]:
    """What is accepted, and what of it is stale. `ConfigurationError` where nothing is accepted."""
    found = loaded.judge(baselines).baselines
    if not found:
        raise ConfigurationError(
            value=str(baselines),
            cause="there is no baseline here",
            action="accept the state of a run with `scrapy-compat baseline accept`",
        )
    for platform, baseline in found.items():
        yield BaselineSummary(
            path=baseline_file(baselines, platform),
            entries=tuple((str(each.accepted), each.text) for each in baseline.entries),
            stale=tuple(baseline.stale(loaded.universe(platform))),
        )
