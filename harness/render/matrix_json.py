"""ReportView -> reports/matrix.json, as `matrix.schema.json` beside this file describes it.

Of a million cells only some thousands say something that no other says: what cells share is written once, in
`shared`, and a cell names its entry there. `matrix_json_file.py` puts the two together again.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any

import msgspec

from harness.judge.claim_results import ClaimResult, Judgement
from harness.judge.verdict import Verdict
from harness.model.ids import LaneName
from harness.model.known_cells import AXES
from harness.render.coverage_phrases import answered_pairs
from harness.render.lane_cells import LaneCells, ViewCell
from harness.render.view import EnvironmentView, ReportView
from harness.store.merged import Delivery
from harness.store.records import Observation

SCHEMA = Path(__file__).with_name("matrix.schema.json")
SCHEMA_VERSION = 1


def matrix_json_parts(view: ReportView, judgement: Judgement | None) -> Iterator[str]:
    """Return the content of `matrix.json` as text, in parts."""
    run = view.run
    head = {
        "id": run.id, "started": run.started, "finished": run.finished, "plan": run.plan,
        "plan_hash": run.plan_hash, "complete": view.complete, "host": run.host,
    }  # fmt: skip
    yield f'{{"schema_version": {SCHEMA_VERSION},\n "run": {json.dumps(head)},\n '
    if judgement is not None:
        yield f'"judged": {json.dumps({"by": judgement.digest, "verdicts": judgement.told_counts})},\n '
        claims = ",\n  ".join(json.dumps(claim_object(each)) for each in judgement.claims)
        yield f'"claims": [\n  {claims}],\n '
    if view.plan.coverage is not None:
        coverage = {**msgspec.to_builtins(view.plan.coverage), "answered_pairs": answered_pairs(view)}
        yield f'"coverage": {json.dumps(coverage)},\n '
    if view.plan.adaptation is not None:
        yield f'"adaptation": {json.dumps(msgspec.to_builtins(view.plan.adaptation))},\n '
    if view.deliveries:
        machines = ",\n  ".join(json.dumps(_machine(each)) for each in view.deliveries)
        yield f'"machines": [\n  {machines}],\n '
    yield '"environments": {'
    comma = "\n"
    for environment in view.environments:
        yield f"{comma}  {json.dumps(environment.planned.id)}: {json.dumps(_environment(environment))}"
        comma = ",\n"
    shared = _Shared()
    numbers = array("L", shared.numbers(view, judgement))
    entries = ",\n  ".join(json.dumps(entry) for entry in shared.entries)
    yield f'}},\n "shared": [\n  {entries}],\n "cells": {{'
    comma = "\n"
    following = iter(numbers)
    for block in view.blocks:
        for line in _cells(block, following):
            yield comma
            yield line
            comma = ",\n"
    yield "}}\n"


def _machine(delivery: Delivery) -> dict[str, Any]:
    return {
        "artifact": delivery.name,
        "run": delivery.run,
        "started": delivery.started,
        "finished": delivery.finished,
        "host": dict(delivery.host),
        "environments": list(delivery.environments),
        "cells": delivery.cells,
    }


class _Shared:
    """Numbers what cells say, so that what many of them say is written once."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._numbers: dict[tuple[Observation, Verdict | None], int] = {}

    def numbers(self, view: ReportView, judgement: Judgement | None) -> Iterator[int]:
        """Return the number of each cell's entry, in the order of the cells."""
        verdicts = repeat(None) if judgement is None else iter(judgement.verdicts)
        # By identity first: most are one object, and hashing what is in them takes long.
        known: dict[tuple[int, Verdict | None], int] = {}
        for block in view.blocks:
            # The block's own list comes first: where it ends, nothing is taken from the verdicts.
            for seen, verdict in zip(block.observations, verdicts, strict=False):
                key = (id(seen), verdict)
                number = known.get(key)
                if number is None:
                    number = known[key] = self._number(seen, verdict)
                yield number

    def _number(self, seen: Observation, verdict: Verdict | None) -> int:
        number = self._numbers.setdefault((seen, verdict), len(self.entries))
        if number == len(self.entries):
            judged = {} if verdict is None else {"verdict": verdict.value}
            self.entries.append({**_seen_object(seen), "isolated": seen.isolated, **judged})
        return number


def _environment(view: EnvironmentView) -> dict[str, Any]:
    planned, result = view.planned, view.result
    return {
        "platform": planned.platform,
        "python": planned.python,
        "scrapy": planned.scrapy,
        "profile": planned.profile,
        "status": None if view.status is None else view.status.value,
        "reason": view.reason,
        "versions": {} if result is None else result.versions,
        "lock": [] if result is None else lock_entries(result.lock),
    }


def lock_entries(lock: str) -> list[str]:
    """Return one text a package: `name==version --hash=sha256:... --hash=...`; comments are left out."""
    joined = re.sub(r"\s*\\\n\s*", " ", lock)
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def claim_object(result: ClaimResult) -> dict[str, Any]:
    """Return one claim as `matrix.json` has it."""
    claim = result.claim
    return {
        "id": claim.id,
        "text": claim.text,
        "page": claim.page,
        "since": str(claim.since),
        "until": None if claim.until is None else str(claim.until),
        "platform": claim.platform,
        "verdict": result.verdict.value,
        "measured_on": result.measured_on,
        "beside": [
            {
                "platform": each.platform,
                "verdict": each.verdict.value,
                "agreeing": each.agreeing,
                "disagreeing": each.disagreeing,
            }
            for each in result.beside
        ],
        "agreeing": result.agreeing,
        "disagreeing": result.disagreeing,
        "counter_examples": [
            {
                "cells": each.count,
                "expected": each.expected,
                "outcome": each.outcome.value,
                "mechanism": each.mechanism,
                "where": dict(zip(AXES, map(list, each.block.values), strict=True)),
                "example": each.first.at.key.id,
            }
            for each in result.examples
        ],
        "needs": list(result.needs),
    }


def _cells(block: LaneCells, numbers: Iterator[int]) -> Iterator[str]:
    # Put together as text: what is equal in many cells is turned into JSON once.
    prefix = json.dumps(f"{block.environment.id}/{block.lane.name}/")[:-1]
    for (scenario, helper), seconds, number in zip(block.lane.cells, block.seconds, numbers, strict=False):
        timed = "" if seconds is None else f',"seconds":{round(seconds, 6)!r}'
        yield f'{prefix}{_name(scenario, helper)}:{{"as":{number}{timed}}}'


def cell_object(cell: ViewCell) -> dict[str, Any]:
    """Return one cell, whole: what `matrix.json` says of it, without looking anything up."""
    reactor, loop = LaneName.parse(cell.key.lane)
    return {
        "environment": cell.key.environment,
        "reactor": reactor,
        "loop": loop,
        "scenario": cell.key.scenario,
        "helper": cell.key.helper,
        **_seen_object(cell.observation),
        "seconds": cell.seconds,
        "isolated": cell.observation.isolated,
    }


@lru_cache(maxsize=10_000)
def _name(scenario: str, helper: str) -> str:
    """Return the end of an id, as JSON."""
    return json.dumps(f"{scenario}/{helper}")[1:]


def _seen_object(seen: Observation) -> dict[str, Any]:
    facts = seen.facts
    return {
        "outcome": seen.outcome.value,
        "mechanism": seen.mechanism,
        "detail": seen.detail,
        "close": None if seen.close is None else seen.close.value,
        "facts": None if facts is None else {"reactor": facts.reactor, "loop": facts.loop, "policy": facts.policy},
    }
