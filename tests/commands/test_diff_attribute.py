"""`diff --attribute` for real: of two packages that changed between two runs the one that did it is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from harness.commands.diff import diff_lines
from harness.commands.diff_attribute import AttributeOptions, attribute_ranges
from harness.model.ids import CellKey
from harness.model.outcome import Close, Outcome
from harness.model.result import CellResult, EnvironmentResult
from harness.model.run_inputs import RunInputs
from harness.plan.plan_records import Plan
from harness.store.run_directory import Runs, now
from tests.support.live import HERE
from tests.support.views import ALL, only

pytestmark = pytest.mark.index

NAME = f"linux-py{HERE}-scrapy2.12.0-latest"
CELL = CellKey(NAME, "epoll", "callback_pending", "direct")
INPUTS = RunInputs(
    kit="k", scenarios={"callback_pending": "s"}, lanes={"epoll": "l"}, isolate=False, deadline=10.0, runner="r"
)
OLD = {"scrapy": "2.12.0", "twisted": "24.11.0", "w3lib": "2.3.1", "cssselect": "1.2.0"}


def run_with(state: Path, plan: Plan, versions: Mapping[str, str], outcome: Outcome, mechanism: str | None) -> str:
    """A finished run of one cell with these packages; its id."""
    environment = EnvironmentResult(
        id=NAME, platform="linux", python=HERE, scrapy="2.12.0", profile="latest", status=None, reason=None,
        fingerprint=str(sorted(versions.items())), interpreter="CPython", versions=dict(versions),
    )  # fmt: skip
    cell = CellResult(
        key=CELL, outcome=outcome, mechanism=mechanism, detail=None, close=Close.CLEAN, facts=None, seconds=0.1,
        isolated=False, fingerprint=str(sorted(versions.items())),
    )  # fmt: skip
    run = Runs(state).create(
        plan=plan.name, plan_hash=plan.hash, plan_json=plan.to_json(), host={"id": "m"}, command=(), inputs=INPUTS
    )
    with run as store:
        store.record_environment(environment)
        store.record_cells([cell])
        store.finish(finished=now(), complete=True)
        return store.id


def test_of_two_packages_that_changed_the_one_that_did_it_is_named(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    (environment,) = only(ALL, NAME).environments
    lanes = tuple(replace(lane, cells=(CELL[2:],)) for lane in environment.lanes if lane.name == CELL.lane)
    plan = Plan(name="one cell", environments=(replace(environment, lanes=lanes),))
    changed = OLD | {"w3lib": "2.5.0", "cssselect": "1.3.0"}
    runs = (
        run_with(tmp_path, plan, OLD, Outcome.PASS, None),
        run_with(tmp_path, plan, changed, Outcome.BROKEN, "cannot-import-_safe_chars"),
    )
    told = "\n".join(diff_lines(tmp_path, *runs, everything=False))
    assert "by one of 2, or several together: cssselect 1.2.0 → 1.3.0, w3lib 2.3.1 → 2.5.0" in told
    measure = partial(attribute_ranges, options=AttributeOptions(matrix=None, deadline=10.0))
    told = "\n".join(diff_lines(tmp_path, *runs, everything=False, measure=measure))
    assert f"  {CELL.id}\n    it is w3lib 2.3.1 → 2.5.0\n" in told, told
    assert "nothing exchanged" in told
