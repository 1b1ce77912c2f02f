"""What `claims` does: checks the claims and judges a stored run by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.commands.stored_runs import judged_run
from harness.infra.platforms import PLATFORMS
from harness.judge.claims_check import check_claims
from harness.plan.selection import Selection
from harness.render.text.claims import render_claims
from harness.workspace import FULL_PLAN, Workspace


def claim_lines(state: Path, run_id: str | None, loaded: Workspace, baselines: Path, shape: str) -> Iterator[str]:
    """Return what becomes of each claim. Raises `ConfigurationError` where one is about no cell or two disagree,
    and where the run is of a target."""
    judge = loaded.judge(baselines, strict=True)
    check_claims(judge.claims, [loaded.plan(FULL_PLAN, (platform,), Selection()) for platform in PLATFORMS])
    judged = judged_run(state, run_id, judge, targets=False)
    yield from render_claims(judged.view, judged.judgement, shape)
