"""Cells as tests: JUnit XML and CTRF of one store made by hand that holds every outcome."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped

from harness.infra.text import one_line
from harness.judge.verdict import Judge
from harness.model.ids import CellKey
from harness.model.outcome import INCOMPLETE, Outcome
from harness.plan.plan_records import Plan
from harness.render.formats.junit import junit_parts
from tests.support.report_fixture import OUTCOMES, VERDICTS, Rendered, judged_view
from tests.support.synthetic import make_results
from tests.support.views import ALL, GOOD, only

CTRF = Path(__file__).parent.parent / "schemas" / "ctrf.schema.json"


# JUnit


def test_junit_has_a_suite_for_each_environment_and_the_cell_id_as_class(out: Path) -> None:
    document = JUnitXml.fromfile(str(out / "junit.xml"))
    with (out / "cells.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [suite.name for suite in document] == list(dict.fromkeys(row["environment"] for row in rows))
    assert [case.classname for suite in document for case in suite] == [row["cell"] for row in rows]


def test_junit_skips_what_is_not_unexpected_fails_what_is_and_errs_where_nothing_is_known(out: Path) -> None:
    document = JUnitXml.fromfile(str(out / "junit.xml"))
    kinds: Counter[tuple[type, str]] = Counter(
        (type(result), result.type) for suite in document for case in suite for result in case.result
    )
    incomplete = {(Error, outcome.value): count for outcome, count in OUTCOMES.items() if outcome.incomplete}
    passed = 20
    skipped = sum(OUTCOMES.values()) - sum(incomplete.values()) - VERDICTS["unexpected"] - passed
    assert kinds == {(Failure, "unexpected"): 6, (Skipped, "unclaimed"): skipped, **incomplete}
    told = (document.tests, document.failures, document.errors, document.skipped)
    assert told == (sum(OUTCOMES.values()), 6, sum(incomplete.values()), skipped)
    for suite in document:
        before = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()
        assert (suite.tests, suite.failures, suite.errors, suite.skipped) == before


def test_what_is_announced_to_fail_is_skipped_as_expected(by_hand: Rendered) -> None:
    (environment,) = only(ALL, GOOD).environments
    lane = next(lane for lane in environment.lanes if lane.name == "asyncio-default")
    plan = Plan(name="x", environments=(replace(environment, lanes=(replace(lane, cells=lane.cells[:1]),)),))
    text = "".join(junit_parts(judged_view(plan, by_hand.judge)))
    ((case,),) = JUnitXml.fromstring(text)
    (result,) = case.result
    assert (type(result), result.type) == (Skipped, "expected")
    assert result.message.startswith("fail: task-got-bad-yield: Task got bad yield")


def test_a_junit_failure_says_what_speaks_against_it_and_how_to_look_at_it(out: Path) -> None:
    document = JUnitXml.fromfile(str(out / "junit.xml"))
    texts = [result.text for suite in document for case in suite for result in case.result if case.is_failure]
    assert all("scrapy-compat show " in text and "--isolate --fresh" in text for text in texts)
    assert Counter(text.splitlines()[0] for text in texts) == {
        "claim D1: pass": 4, "it does not always give the same": 2
    }  # fmt: skip


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_junit_can_be_read_whatever_a_cell_says(text: str) -> None:
    (environment,) = only(ALL, GOOD).environments
    lane = replace(environment.lanes[0], cells=environment.lanes[0].cells[:1])
    plan = Plan(name="x", environments=(replace(environment, lanes=(lane,)),))
    (result,) = [
        replace(each, outcome=Outcome.FAIL, mechanism=text, detail=text, key=CellKey(GOOD, lane.name, *lane.cells[0]))
        for each in make_results(only(ALL, GOOD))
    ][:1]
    judged = judged_view(plan, Judge(()), results=[result])
    document = ET.fromstring("".join(junit_parts(judged)))
    (skipped,) = document.iter("skipped")
    assert skipped.attrib["message"] == one_line(": ".join(each for each in ("fail", text, text) if each), 500)


# CTRF


def test_ctrf_is_what_its_schema_says(out: Path) -> None:
    content = json.loads((out / "ctrf.json").read_text())
    schema = json.loads(CTRF.read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(content)
    summary, tests = content["results"]["summary"], content["results"]["tests"]
    assert summary["tests"] == len(tests) == len({test["testId"] for test in tests})
    counts = Counter(test["status"] for test in tests)
    assert {status: summary[status] for status in ("passed", "failed", "skipped", "pending", "other")} == {
        "passed": 20, "failed": 6, "other": sum(OUTCOMES[each] for each in INCOMPLETE), "pending": 0,
        "skipped": counts["skipped"],
    }  # fmt: skip
    assert summary["suites"] == 3
    assert content["results"]["environment"]["healthy"] is False
