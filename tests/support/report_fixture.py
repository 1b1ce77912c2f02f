"""A store made by hand that holds every outcome, and what each format of its report says of them, counted."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
from junitparser import JUnitXml, Properties

from harness.commands.report import render_report
from harness.judge.claim_results import judge_cells
from harness.judge.verdict import Judge
from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult, Facts
from harness.plan.plan_records import Plan
from harness.render.formats import FORMATS
from harness.render.judged_view import JudgedView
from harness.render.matrix_json_file import read_matrix_json
from harness.store.run_directory import Runs, now
from tests.support.claim_fixture import AWAITS, claims_of
from tests.support.synthetic import CELLS, HOSTILE, make_environments
from tests.support.views import ALL, BROKEN, GOOD, MISSING, only, view_of

RECORDED = {
    Outcome.PASS: 20, Outcome.FAIL: 20, Outcome.HANG: 5, Outcome.CRASH: 4, Outcome.MISCONFIGURED: 3, Outcome.FLAKY: 2,
    Outcome.MISSING: 2, Outcome.CONFLICT: 1,
    Outcome.LOST_TESTS: 1, Outcome.FAILS_ANYWAY: 1, Outcome.NOT_EXERCISED: 1, Outcome.LANE_REFUSED: 1,
    Outcome.NEEDS_SERVICE: 1, Outcome.DECLARED_OUT: 1,
}  # fmt: skip
"""Of the 77 cells of the one lane that was run, in their order; of the others nothing is recorded."""
OUTCOMES = {
    **RECORDED, Outcome.NOT_RUN: 14, Outcome.UNINSTALLABLE: 77, Outcome.UNSUPPORTED: 77, Outcome.EXCLUDED: 77,
    Outcome.BROKEN: 77, Outcome.MISSING_INTERPRETER: 77,
}  # fmt: skip
VERDICTS = {"expected": 3, "unexpected": 6, "unclaimed": 453}
"""By the claims of `tests.support.claim_fixture.AWAITS`. Every seventh cell awaits directly, which the claim D1 says
passes: of those the first 3 pass, 3 fail and 1 hangs. Two are flaky."""
NASTY = f"{HOSTILE}\x00\x0b\ufffe\udcff ]]> %0A::error::no,"
"""What a cell may say: nothing that XML, a terminal or a workflow command takes."""

SECRET = "hunter2-planted"
"""A password in what is asked of the resolver."""

Counted = tuple["Counter[str]", "Counter[str]"]
"""Numbers of cells by outcome, and by verdict."""


def hand_made_plan() -> Plan:
    """One environment that works, with a lane for each thing that can be in the way, and two that do not."""
    lanes = {lane.name: lane for lane in only(ALL, GOOD).environments[0].lanes}
    excluded = replace(lanes["select"], status=Outcome.EXCLUDED, reason="known to be useless")
    chosen = (lanes["epoll"], lanes["asyncio-rloop"], lanes["none-default"], excluded)
    environments = {each.id: each for each in only(ALL, GOOD, BROKEN, MISSING).environments}
    good = replace(environments[GOOD], lanes=chosen, requirement=f"scrapy @ https://me:{SECRET}@example.org/scrapy.whl")
    others = [replace(environments[name], lanes=(lanes["epoll"],)) for name in (BROKEN, MISSING)]
    return Plan(name="by hand", environments=(good, *others))


def hand_made_results() -> list[CellResult]:
    """What was seen in the one lane that was run."""
    outcomes = [outcome for outcome, count in RECORDED.items() for _ in range(count)]
    return [
        CellResult(
            key=CellKey(GOOD, "epoll", *pair), outcome=outcome,
            mechanism=None if outcome is Outcome.PASS else "no-value", detail=NASTY, close=None,
            facts=Facts(reactor="r.R", loop=None, policy=None), seconds=0.0034, isolated=False, fingerprint="x",
        )
        for pair, outcome in zip(CELLS, outcomes, strict=False)
    ]  # fmt: skip


def hand_made_run(state: Path) -> str:
    """Stores it; the id of the run."""
    plan = hand_made_plan()
    refused = {"asyncio-rloop": replace(make_environments(only(ALL, "linux-py3.8-scrapy2.11.2-era"))[0].overlays[1])}
    with Runs(state).create(
        plan=plan.name, plan_hash=plan.hash, plan_json=plan.to_json(), host={"platform": "linux"}, command=()
    ) as store:
        for environment in make_environments(plan):
            overlays = tuple(refused.values()) if environment.id == GOOD else environment.overlays
            store.record_environment(replace(environment, overlays=overlays))
        store.record_cells(hand_made_results())
        store.finish(finished=now(), complete=False)
        return store.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The run made by hand with the files of its report in every format."""

    state: Path
    judge: Judge
    out: Path
    written: tuple[Path, ...]

    @classmethod
    def into(cls, place: Path) -> Rendered:
        """Stored and rendered in an empty folder."""
        hand_made_run(place / "state")
        judge = Judge(claims_of(place, AWAITS))
        found = render_report(place / "state", None, list(FORMATS), place / "reports", judge)
        return cls(state=place / "state", judge=judge, out=place / "reports", written=found.written)


def judged_view(plan: Plan, judge: Judge, **given: Any) -> JudgedView:
    """The view of results made for a plan, judged."""
    view = view_of(plan, **given)
    return JudgedView(view, judge_cells(judge, view.known), judge)


# What the files say


def _of_matrix_json(path: Path) -> Counted:
    cells = [cell for _, cell in read_matrix_json(path).cells()]
    return Counter(cell["outcome"] for cell in cells), Counter(cell["verdict"] for cell in cells)


def _of_matrix_md(path: Path) -> Counted:
    text = path.read_text()
    rows = re.findall(r"^\| ([a-z-]+) \| ([\d,]+) \|$", text, flags=re.MULTILINE)
    numbers = re.search(
        r"([\d,]+) cells match the claims .* \*\*([\d,]+) do not\*\*, ([\d,]+) are covered by neither", text
    )
    assert numbers is not None
    verdicts = dict(zip(("expected", "unexpected", "unclaimed"), map(_number, numbers.groups()), strict=True))
    return Counter({name: _number(count) for name, count in rows}), Counter(verdicts)


def _of_summary(path: Path) -> Counted:
    table = path.read_text().partition("### Cells by outcome and verdict")[2].strip().partition("\n\n")[0]
    header, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    outcomes: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    for name, *counts, _ in rows[:-1]:
        for verdict, count in zip(header[1:-1], map(_number, counts), strict=True):
            outcomes[name] += count
            verdicts[verdict] += count
    assert [_number(cell) for cell in rows[-1][1:]] == [*(verdicts[each] for each in header[1:-1]), outcomes.total()]
    return outcomes, verdicts


def _of_junit(path: Path) -> Counted:
    outcomes: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    for suite in JUnitXml.fromfile(str(path)):
        for case in suite:
            told = {each.name: each.value for each in case.child(Properties)}
            outcomes[told["outcome"]] += 1
            verdicts[told["verdict"]] += 1
    return outcomes, verdicts


def _of_ctrf(path: Path) -> Counted:
    tests = json.loads(path.read_text())["results"]["tests"]
    return Counter(test["rawStatus"] for test in tests), Counter(test["labels"]["verdict"] for test in tests)


def _of_csv(path: Path) -> Counted:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return Counter(row["outcome"] for row in rows), Counter(row["verdict"] for row in rows)


def _of_parquet(path: Path) -> Counted:
    rows: list[tuple[Any, ...]] = duckdb.read_parquet(str(path)).select("outcome", "verdict").fetchall()
    return Counter(row[0] for row in rows), Counter(row[1] for row in rows)


def _number(text: str) -> int:
    return int(text.replace(",", ""))


COUNTED: dict[str, tuple[str, Callable[[Path], Counted]]] = {
    "json": ("matrix.json", _of_matrix_json),
    "markdown": ("matrix.md", _of_matrix_md),
    "summary": ("summary.md", _of_summary),
    "junit": ("junit.xml", _of_junit),
    "ctrf": ("ctrf.json", _of_ctrf),
    "csv": ("cells.csv", _of_csv),
    "parquet": ("cells.parquet", _of_parquet),
}
"""The formats that tell of every cell or of all numbers: the name of the file, and what counts in it."""
