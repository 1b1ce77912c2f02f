"""What the commands that judge stored results do: claims, baseline. They print nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.asking import WHOLE, Loaded
from harness.errors import ConfigurationError
from harness.judge.accepting import accepting
from harness.judge.baseline import Baseline, baseline_file
from harness.judge.cells import Coordinates
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
    check_claims(judge.claims, [loaded.plan(WHOLE, platform, Selection()) for platform in PLATFORMS])
    judged = judged_run(state, run_id, judge)
    yield from render_claims(judged.view, judged.judgement, shape)


def accept(state: Path, run_id: str | None, loaded: Loaded, baselines: Path) -> Iterator[str]:
    """Write the baseline of every platform of a stored run, so that all its cells are expected; lines for people."""
    judge = loaded.judge(baselines)
    with open_run(state, run_id) as store:
        view = ReportView.of_store(store)
    for platform in view.platforms:
        universe = loaded.universe(platform)
        before = judge.baselines.get(platform)
        stale = [] if before is None else list(before.stale(universe))
        made = accepting(judge, view.known(), universe, platform, loaded.known.scrapys)
        path = baseline_file(baselines, platform)
        with written_whole(path) as file:
            file.write(made.text)
        yield from (f"dropped, stale: {line}" for line in stale)
        told = [f"{path}: {len(made.entries)} lines"]
        if before is not None:
            was, now = ({(each.accepted, each.text) for each in one.entries} for one in (before, made))
            told.append(f"{len(now - was)} new, {len(was - now)} gone")
        yield ", ".join(told)


def baseline_lines(loaded: Loaded, baselines: Path) -> Iterator[str]:
    """What is accepted, and what of it is stale."""
    found = loaded.judge(baselines).baselines
    if not found:
        raise ConfigurationError(
            value=str(baselines),
            cause="there is no baseline here",
            action="accept the state of a run with `scrapy-compat baseline accept`",
        )
    for platform, baseline in found.items():
        yield f"{baseline_file(baselines, platform)}: {len(baseline.entries)} lines"
        yield from (f"  {each.accepted}: {each.text}" for each in baseline.entries)
        yield from stale_lines(baseline, loaded.universe(platform))


def stale_lines(baseline: Baseline, universe: list[Coordinates]) -> Iterator[str]:
    """A line for each entry that is about no cell."""
    yield from (f"  stale: {line}; `scrapy-compat baseline accept` drops it" for line in baseline.stale(universe))
