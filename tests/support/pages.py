"""Pages for tests: rendered from a stored run, so that what lies behind cells is in them, and what is in their data."""

from __future__ import annotations

import base64
import gzip
import json
import re
import struct
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.judge.claim_results import judge_cells
from harness.judge.claims_file import load_claims
from harness.judge.verdict import Judge
from harness.model.outcome import Outcome
from harness.model.result import CellResult, Evidence
from harness.plan.plan_records import Plan
from harness.render.html.page import render_page
from harness.render.view import ReportView
from harness.store.run_directory import Runs
from tests.support.claim_fixture import CLAIMS
from tests.support.synthetic import make_environments, make_plan, make_results

ATTACK = "</script><script>window.attacked = 1</script><img src=x onerror='window.attacked = 2'>\x1b[31mred\x07\u202e"
HUGE = "x" * 10_000_000
BYTES = b"\xff\xfe lost".decode("utf-8", "surrogateescape")


def attacked(result: CellResult) -> CellResult:
    """The result with everything in it that a hostile cell can put there."""
    evidence = Evidence(exception=f"Traceback\n{ATTACK}\n{HUGE}\n{BYTES}\n", stacks=ATTACK, stderr=ATTACK)
    return replace(
        result,
        outcome=Outcome.FAIL,
        mechanism=f"raised-{ATTACK}",
        detail=ATTACK + HUGE + BYTES,
        evidence=evidence,
    )


def make_store(folder: Path, plan: Plan, results: Iterable[CellResult]) -> Path:
    """A stored run of a plan; the folder of its state."""
    runs = Runs(folder)
    with runs.create(
        plan="synthetic", plan_hash=plan.hash, plan_json=plan.to_json(), host={"system": "Linux"}, command=("run",)
    ) as store:
        for environment in make_environments(plan):
            store.record_environment(environment)
        store.record_cells(results)
        store.finish(finished="2026-11-23T02:19:40Z", complete=True)
    return folder


def plan_of_one_python(python: str) -> Plan:
    """All releases of Scrapy with one Python: so that cells have neighbours."""
    plan = make_plan(400_000)
    return replace(plan, environments=tuple(each for each in plan.environments if each.python == python))


def make_page(folder: Path, plan: Plan, *, hostile: bool = False) -> str:
    """The page of a synthetic run of a plan; the first failing cell is hostile if that is asked for."""
    results = list(make_results(plan))
    if hostile:
        number = next(place for place, each in enumerate(results) if each.outcome is Outcome.FAIL)
        results[number] = attacked(results[number])
    return page_of(make_store(folder, plan, results))


def page_of(state: Path) -> str:
    """The page of the last run stored there, judged by `CLAIMS`."""
    runs = Runs(state)
    with runs.open(runs.ids()[-1]) as store:
        view = ReportView.of_store(store)
    claims = state / "claims.toml"
    claims.write_text(CLAIMS)
    return render_page(view, judge_cells(Judge(load_claims(claims, {})), view.known))


def data_of(page: str) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Header and columns of a page's data, unpacked as its scripts do it."""
    found = re.search(r'<script id="data"[^>]*>([^<]*)</script>', page)
    assert found is not None
    raw = gzip.decompress(base64.b64decode(found[1]))
    (size,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + size])
    body = raw[4 + size :]
    columns = {}
    for name, (offset, kind, count) in header["columns"].items():
        width = int(kind[-1])
        columns[name] = np.frombuffer(body[offset : offset + count * width], dtype=f"<{kind}").tolist()
    return header, columns


def undone(header: dict[str, Any], columns: dict[str, list[int]], name: str) -> list[int]:
    """A column of cells as it was before it was written as differences."""
    sizes = [len(header["grids"][grid][0]) for grid in columns["block_grid"]]
    earlier: dict[tuple[int, int], list[int]] = {}
    numbers: list[int] = []
    for lane, grid, size in zip(columns["block_lane"], columns["block_grid"], sizes, strict=True):
        written = columns[name][len(numbers) : len(numbers) + size]
        before = earlier.get((lane, grid), [0] * size)
        here = [old if new == 0 else new - 1 for old, new in zip(before, written, strict=True)]
        earlier[lane, grid] = here
        numbers += here
    return numbers
