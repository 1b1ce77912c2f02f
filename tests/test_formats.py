"""`report --format`: what every format says of one store made by hand that holds every outcome."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import duckdb
import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped

from harness.errors import ConfigurationError
from harness.judge.claims import judge_cells
from harness.judge.verdicts import Judge
from harness.plan.making import Plan
from harness.render.formats import FILES
from harness.render.formats.annotations import LIMIT, annotation_parts
from harness.render.formats.junit import junit_parts
from harness.render.formats.pages import COMMENT_LIMIT, render_pull_request, render_step_summary
from harness.render.formats.rows import COLUMNS
from harness.render.judged_view import JudgedView
from harness.render.text import one_line
from harness.reporting import STDOUT, Report, report
from harness.results import INCOMPLETE, CellKey, Outcome
from tests.judged import AWAITS, claims_of
from tests.synthetic import make_plan, make_results
from tests.test_answering import stored, worse
from tests.test_view import ALL, GOOD, only, view_of
from tests.told import COUNTED, OUTCOMES, VERDICTS, hand_made_results, hand_made_run

CTRF = Path(__file__).parent / "schemas" / "ctrf.schema.json"
EVERYTHING_PASSES = """
[[claim]]
id = "C00"
text = "Everything passes."
page = "topics/asyncio"
since = "2.0"
[[claim.expect]]
helper = "*"
outcome = "pass"
"""


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(claims_of(tmp_path_factory.mktemp("claims"), AWAITS))


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("state")
    hand_made_run(state)
    return state


@pytest.fixture(scope="module")
def rendered(state: Path, judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Every format of the run made by hand."""
    return report(state, None, list(FILES), tmp_path_factory.mktemp("reports"), judge)


@pytest.fixture(scope="module")
def out(rendered: Report) -> Path:
    return next(path for path in rendered.written if path.name == "junit.xml").parent


def judged_view(plan: Plan, judge: Judge, **given: Any) -> JudgedView:
    view = view_of(plan, **given)
    return JudgedView(view, judge_cells(judge, view.known), judge)


@pytest.mark.parametrize("name", COUNTED)
def test_every_format_tells_the_same_numbers(name: str, out: Path) -> None:
    file, counted = COUNTED[name]
    outcomes, verdicts = counted(out / file)
    assert +outcomes == {outcome.value: count for outcome, count in OUTCOMES.items()}
    assert +verdicts == VERDICTS


def test_the_store_made_by_hand_holds_every_outcome() -> None:
    assert set(OUTCOMES) == set(Outcome)


def test_every_file_is_written_and_named(rendered: Report, out: Path) -> None:
    assert {path.name for path in rendered.written if path.parent == out} == {
        "matrix.json", "compat.json", "matrix.md", "junit.xml", "ctrf.json", "summary.md", "annotations.txt",
        "pull-request.md", "cells.csv", "cells.parquet",
    }  # fmt: skip
    assert sorted(path for path in out.rglob("*") if path.is_file()) == sorted(rendered.written)


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
    incomplete = {(Error, outcome.value): count for outcome, count in OUTCOMES.items() if outcome in INCOMPLETE}
    passed = 20
    skipped = sum(OUTCOMES.values()) - sum(incomplete.values()) - VERDICTS["unexpected"] - passed
    assert kinds == {(Failure, "unexpected"): 6, (Skipped, "unclaimed"): skipped, **incomplete}
    told = (document.tests, document.failures, document.errors, document.skipped)
    assert told == (sum(OUTCOMES.values()), 6, sum(incomplete.values()), skipped)
    for suite in document:
        before = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()
        assert (suite.tests, suite.failures, suite.errors, suite.skipped) == before


def test_what_is_announced_to_fail_is_skipped_as_expected(judge: Judge) -> None:
    (environment,) = only(ALL, GOOD).environments
    lane = next(lane for lane in environment.lanes if lane.name == "asyncio-default")
    plan = Plan(name="x", environments=(replace(environment, lanes=(replace(lane, cells=lane.cells[:1]),)),))
    text = "".join(junit_parts(judged_view(plan, judge)))
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


# GitHub


def test_annotations_are_one_command_for_each_unexpected_cell_and_nothing_else(out: Path) -> None:
    lines = (out / "annotations.txt").read_text().splitlines()
    assert len(lines) == VERDICTS["unexpected"]
    assert all(line.startswith("::error title=unexpected ") for line in lines)
    # Those that GitHub shows first are all different.
    assert len({line.partition("::")[2].partition("::")[0] for line in lines[:3]}) == 3
    assert sum("claim D1%3A" in line or "claim D1: pass" in line for line in lines) == 4


def test_nothing_that_a_cell_says_gets_out_of_its_annotation(out: Path) -> None:
    for line in (out / "annotations.txt").read_text().splitlines():
        command, _, message = line.removeprefix("::").partition("::")
        assert command.count(",") == command.count(":") == 0
        assert "%250A" in message
        assert line.isprintable()


@pytest.fixture(scope="module")
def trouble(tmp_path_factory: pytest.TempPathFactory) -> JudgedView:
    """Thousands of unexpected cells that are all hostile and all different."""
    judge = Judge(claims_of(tmp_path_factory.mktemp("all"), EVERYTHING_PASSES))
    return judged_view(make_plan(4_000), judge, healthy=True, adversarial=True)


def test_a_thousand_annotations_are_enough(trouble: JudgedView) -> None:
    *lines, last = "".join(annotation_parts(trouble)).splitlines()
    assert len(lines) == LIMIT
    assert last.startswith(f"… {len(trouble.judgement.unexpected) - LIMIT:,} more unexpected cells")


def test_the_summary_begins_with_what_is_unexpected(out: Path) -> None:
    text = (out / "summary.md").read_text()
    assert "**✗ 6 unexpected cells** among 462 cells" in text
    assert "**Incomplete:** of 100 cells" in text
    places = [text.index(heading) for heading in ("### Unexpected", "### Not known", "### Cells by outcome")]
    assert places == sorted(places)
    assert "| 3 | fail: no-value | claim D1: pass | " in text


def test_a_summary_of_nothing_but_trouble_is_cut_with_a_mark(trouble: JudgedView) -> None:
    text = render_step_summary(trouble)
    assert len(trouble.objections) > 2_000
    assert len(text.encode()) < 2**20
    assert "left out here: `scrapy-compat cells --verdict unexpected`" in text
    assert "### Cells by outcome and verdict" in text
    assert "<script>" not in text


def test_the_ranges_of_the_unexpected_and_what_is_left_out_are_all_of_them(out: Path, trouble: JudgedView) -> None:
    for text, unexpected in (
        ((out / "summary.md").read_text(), VERDICTS["unexpected"]),
        ((out / "pull-request.md").read_text(), VERDICTS["unexpected"]),
        (render_step_summary(trouble), len(trouble.judgement.unexpected)),
    ):
        section = text.partition("### Unexpected")[2].partition("\n###")[0]
        rows = re.findall(r"^\| ([\d,]+) \|", section, re.MULTILINE)
        left_out = re.findall(r"^\*… ([\d,]+) more cells", section, re.MULTILINE)
        assert sum(int(count.replace(",", "")) for count in rows + left_out) == unexpected


def test_of_one_kind_that_lies_in_many_places_some_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    judge = Judge(claims_of(tmp_path, EVERYTHING_PASSES))
    judged = judged_view(make_plan(40_000), judge)
    text = render_pull_request(judged, None, "")
    (found, ranges), *_ = judged.folded
    rows = [line for line in text.splitlines() if f"| {found.gave} | {found.against} | " in line]
    assert len(ranges) > 3 == len(rows)
    assert " | elsewhere | " in rows[-1]


def test_a_pull_request_is_told_what_changed_since_the_run_before(judge: Judge, tmp_path: Path) -> None:
    plan = make_plan(20_000)
    first = stored(tmp_path, plan, make_results(plan))
    stored(tmp_path, plan, (worse(result) for result in make_results(plan)))
    (path,) = report(tmp_path, None, ["pull-request"], tmp_path, judge).written
    text = path.read_text()
    assert f"### Changes since run `{first}`" in text
    assert "| **regressed** | pass → fail: `no-value` | " in text
    assert len(text.encode()) < COMMENT_LIMIT
    (path,) = report(tmp_path, first, ["pull-request"], tmp_path, judge).written
    assert "Changes since" not in path.read_text()


# Badges


def test_badges_are_made_for_each_platform_and_lane(rendered: Report) -> None:
    found = [path for path in rendered.written if path.parent.name == "badges"]
    names = ["linux-epoll", "linux-asyncio-rloop", "linux-none-default", "linux-select"]
    assert [path.name for path in found] == [f"{name}{suffix}" for name in names for suffix in (".json", ".svg")]
    told = {path.stem: json.loads(path.read_text()) for path in found if path.suffix == ".json"}
    assert told["linux-epoll"] == {
        "schemaVersion": 1, "label": "linux epoll", "message": "6 unexpected, 20 of 49 pass", "color": "red",
        "isError": True,
    }  # fmt: skip
    assert (told["linux-select"]["message"], told["linux-select"]["color"]) == ("not measured", "lightgrey")
    for path in found:
        if path.suffix == ".svg":
            texts = [each.text for each in ET.parse(path).iter() if each.tag.endswith("text")]
            assert set(texts) == {told[path.stem]["label"], told[path.stem]["message"]}


def test_badges_do_not_differ_for_nothing(state: Path, judge: Judge, rendered: Report, tmp_path: Path) -> None:
    again = report(state, None, ["badges"], tmp_path, judge).written
    before = [path for path in rendered.written if path.parent.name == "badges"]
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in before]


# CSV and Parquet


def test_csv_and_parquet_hold_the_same(out: Path) -> None:
    with (out / "cells.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    parquet = duckdb.read_parquet(str(out / "cells.parquet"))
    assert tuple(parquet.columns) == COLUMNS == tuple(rows[0])
    found = {name: [_as_csv(value) for value in column] for name, column in
             zip(parquet.columns, zip(*parquet.fetchall(), strict=True), strict=True)}  # fmt: skip
    assert found == {name: [row[name] for row in rows] for name in COLUMNS}


def _as_csv(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_rows_say_what_was_recorded(out: Path) -> None:
    with (out / "cells.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["cell"]: row for row in csv.DictReader(file)}
    first = hand_made_results()[0]
    row = rows[first.key.id]
    assert (row["outcome"], row["seconds"], row["reactor"], row["loop"]) == ("pass", "0.0034", "epoll", "")
    assert (row["scrapy"], row["minor"], row["actual_reactor"], row["isolated"]) == ("2.13.4", "2.13", "r.R", "false")
    assert "\\x1b" in row["detail"]
    assert "\x1b" not in row["detail"]


# Where it goes


def test_a_text_can_go_to_standard_output_and_annotations_do_by_themselves(
    state: Path, judge: Judge, out: Path
) -> None:
    for name in ("csv", "summary", "ctrf"):
        found = report(state, None, [name], STDOUT, judge)
        assert "".join(found.printed) == (out / COUNTED[name][0]).read_text()
        assert found.written == ()
    found = report(state, None, ["annotations"], None, judge)
    assert "".join(found.printed) == (out / "annotations.txt").read_text()


@pytest.mark.parametrize("formats", [[], ["badges"], ["parquet"], ["junit", "ctrf"]])
def test_what_is_no_single_text_is_refused_on_standard_output(formats: list[str], state: Path, judge: Judge) -> None:
    with pytest.raises(ConfigurationError, match="takes one format that is text"):
        report(state, None, formats, STDOUT, judge)
