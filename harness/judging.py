"""What the commands that judge stored results do: claims, baseline. They print nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.asking import WHOLE, Loaded
from harness.errors import ConfigurationError
from harness.judge.accepting import accepting
from harness.judge.baseline import baseline_file
from harness.judge.claims import Judgement, judge_cells
from harness.judge.claims_check import check_claims
from harness.judge.verdicts import Judge
from harness.matrix.axes import PLATFORMS
from harness.plan.selection import Selection
from harness.reading import open_run
from harness.render import ReportView
from harness.render.claims import render_claims
from harness.render.files import written_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A stored run with what is judged of it."""

    view: ReportView
    judge: Judge
    judgement: Judgement


def judged_run(state: Path, run_id: str | None, judge: Judge) -> Judged:
    """A stored run, judged. Raises `StorageError`."""
    with open_run(state, run_id) as store:
        view = ReportView.of_store(store)
    return Judged(view=view, judge=judge, judgement=judge_cells(judge, view.known))


def claim_lines(state: Path, run_id: str | None, loaded: Loaded, baselines: Path, shape: str) -> Iterator[str]:
    """What becomes of each claim; `ConfigurationError` where claims are about no cell or contradict each other."""
    judge = loaded.judge(baselines, strict=True)
    check_claims(judge.claims, [loaded.plan(WHOLE, (platform,), Selection()) for platform in PLATFORMS])
    judged = judged_run(state, run_id, judge)
    yield from render_claims(judged.view, judged.judgement, shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
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


def accept(state: Path, run_id: str | None, loaded: Loaded, baselines: Path) -> Iterator[Accepted]:
    """Write the baseline of every platform of a stored run, so that all its cells are expected."""
    judge = loaded.judge(baselines)
    with open_run(state, run_id) as store:
        view = ReportView.of_store(store)
    for platform in view.platforms:
        universe = loaded.universe(platform)
        before = judge.baselines.get(platform)
        made = accepting(judge, view.known(), universe, platform, loaded.known.scrapys)
        path = baseline_file(baselines, platform)
        with written_whole(path) as file:
            file.write(made.text)
        was, now = (set() if one is None else {(each.accepted, each.text) for each in one.entries}
                    for one in (before, made))  # fmt: skip
        yield Accepted(
            path=path,
            dropped=() if before is None else tuple(before.stale(universe)),
            entries=len(made.entries),
            new=None if before is None else len(now - was),
            gone=None if before is None else len(was - now),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldBaseline:
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


def baselines_told(loaded: Loaded, baselines: Path) -> Iterator[ToldBaseline]:
    """What is accepted, and what of it is stale. `ConfigurationError` where nothing is accepted."""
    found = loaded.judge(baselines).baselines
    if not found:
        raise ConfigurationError(
            value=str(baselines),
            cause="there is no baseline here",
            action="accept the state of a run with `scrapy-compat baseline accept`",
        )
    for platform, baseline in found.items():
        yield ToldBaseline(
            path=baseline_file(baselines, platform),
            entries=tuple((str(each.accepted), each.text) for each in baseline.entries),
            stale=tuple(baseline.stale(loaded.universe(platform))),
        )
