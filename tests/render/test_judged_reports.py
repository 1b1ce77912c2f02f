"""What is judged as reports show it: matrix.json, matrix.md, the lines of `scrapy-compat claims`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.commands.run_end import write_reports
from harness.infra.errors import ConfigurationError
from harness.judge.claim import Claim
from harness.judge.claim_results import Judgement, judge_cells
from harness.judge.claims_file import load_claims
from harness.judge.verdict import Judge
from harness.render.existing_report import recorded_verdicts
from harness.render.formats import FORMATS
from harness.render.markdown.matrix_md import render_markdown
from harness.render.matrix_json import SCHEMA
from harness.render.matrix_json_file import read_matrix_json
from harness.render.report_subject import Subject
from harness.render.text.claims import render_claims
from harness.render.view import ReportView
from tests.support.claim_fixture import CLAIMS
from tests.support.synthetic import make_plan
from tests.support.views import view_of

WITH_WINDOWS = (
    CLAIMS
    + """
[[claim]]
id = "W1"
text = "Windows."
page = "topics/asyncio"
since = "2.0"
platform = "windows"
[[claim.expect]]
outcome = "pass"
"""
)


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> tuple[Claim, ...]:
    file = tmp_path_factory.mktemp("claims") / "claims.toml"
    file.write_text(WITH_WINDOWS)
    return load_claims(file, {})


@pytest.fixture(scope="module")
def view() -> ReportView:
    return view_of(make_plan(12_000))


@pytest.fixture(scope="module")
def judgement(claims: tuple[Claim, ...], view: ReportView) -> Judgement:
    return judge_cells(Judge(claims, digest="0123456789abcdef"), view.known)


def test_known_cells_are_all_cells_of_the_plan_in_its_order(view: ReportView) -> None:
    known = list(view.known())
    assert [cell.at.key for cell in known] == [cell.key for cell in view.cells()]
    assert Counter(cell.outcome for cell in known) == +view.outcomes


def test_matrix_json_has_claims_and_verdicts_as_the_schema_says(
    view: ReportView, judgement: Judgement, tmp_path: Path
) -> None:
    list(FORMATS["json"].write(Subject(view=view, judgement=judgement), tmp_path))
    content: dict[str, Any] = json.loads((tmp_path / "matrix.json").read_bytes())
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(
        {**content, "cells": dict(list(content["cells"].items())[::29])}
    )
    cells = {key.id: cell for key, cell in read_matrix_json(tmp_path / "matrix.json").cells()}
    assert [cell["verdict"] for cell in cells.values()] == [each.value for each in judgement.verdicts]
    assert Counter(cell["verdict"] for cell in cells.values()) == +Counter(content["judged"]["verdicts"])
    d1, d3, w1 = content["claims"]
    assert [claim["verdict"] for claim in (d1, d3, w1)] == ["confirmed", "refuted", "unverified"]
    first = d3["counter_examples"][0]
    assert cells[first["example"]]["outcome"] == first["outcome"] == "pass"
    assert set(first["where"]["scenario"]) == {"callback_fired", "callback_nested"}
    assert sum(each["cells"] for each in d3["counter_examples"]) == d3["disagreeing"]
    assert w1["needs"] == ["a plan with platform windows"]


def test_what_was_written_is_read_back_as_the_same_cells(view: ReportView, tmp_path: Path) -> None:
    list(FORMATS["json"].write(Subject(view=view), tmp_path))
    assert list(read_matrix_json(tmp_path / "matrix.json").known()) == list(view.known())
    content = json.loads((tmp_path / "matrix.json").read_bytes())
    assert "claims" not in content
    assert not any("verdict" in each for each in (*content["shared"], *content["cells"].values()))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema_version": 99, "environments": {}, "cells": {}}',
        '{"schema_version": 1, "run": {"id": "x"}, "environments": {}, "shared": [], "cells": {"a/b/c/d": {"as": 0}}}',
        '{"schema_version": 1, "run": {"id": "x"}, "environments": {}, "cells": {"a": {}}}',
    ],
)
def test_what_is_no_report_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "matrix.json").write_text(text)
    with pytest.raises(ConfigurationError, match="cannot be read as a matrix"):
        list(read_matrix_json(tmp_path / "matrix.json").known())


@pytest.mark.slow
def test_the_report_says_near_its_beginning_how_it_was_judged(
    view: ReportView, judgement: Judgement, tmp_path: Path
) -> None:
    path, *_ = write_reports(view, tmp_path, judgement)
    assert recorded_verdicts(path, judgement.digest) == judgement.told_counts
    assert recorded_verdicts(path, "by other claims") is None
    write_reports(view, tmp_path)
    assert recorded_verdicts(path, judgement.digest) is None
    assert recorded_verdicts(tmp_path / "nowhere.json", judgement.digest) is None


def test_the_section_of_claims_tells_the_refuted_first_and_counts_unexpected_cells(
    view: ReportView, judgement: Judgement
) -> None:
    text = render_markdown(view, judgement)
    section = text.partition("## Claims of the documentation")[2].partition("\n## ")[0]
    assert "3 claims: 1 refuted, 1 unverified, 1 confirmed." in section
    assert f"**{judgement.told_counts['unexpected']:,} do not**" in section
    assert section.index("`D3`") < section.index("`W1`") < section.index("`D1`")
    assert "`callback_fired`, `callback_nested`" in section
    assert "## Claims of the documentation" not in render_markdown(view)


def test_the_answer_names_the_refuted_claims(view: ReportView, judgement: Judgement) -> None:
    (line,) = [line for line in render_markdown(view, judgement).splitlines() if line.startswith("- **Not as doc")]
    (refuted,) = [each for each in judgement.claims if each.disagreeing]
    assert line == (
        "- **Not as documented**: 1 of 3 claims of the documentation refuted, "
        f"`D3` ({refuted.disagreeing:,} against, {refuted.agreeing:,} for); see [below](#claims-of-the-documentation)."
    )
    assert "Not as documented" not in render_markdown(view)


def test_the_lines_for_people_name_one_cell_of_each_block(view: ReportView, judgement: Judgement) -> None:
    first, block, example, *_, last = render_claims(view, judgement, "table")
    assert first.startswith("D3   refuted")
    assert "pass, expected fail: task-got-bad-yield: " in block
    assert view.cell(judgement.claims[1].examples[0].first.at.key) is not None
    assert judgement.claims[1].examples[0].first.at.key.id in example
    assert last.startswith("3 claims: 1 refuted, 1 unverified, 1 confirmed; cells: ")
    objects = [json.loads(line) for line in render_claims(view, judgement, "json")]
    assert [each["id"] for each in objects] == ["D1", "D3", "W1"]
