"""What GitHub is told: annotations, the summary of a step, a comment on a pull request."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.commands.report import render_report
from harness.judge.verdict import Judge
from harness.render.formats.annotations import LIMIT, annotation_parts
from harness.render.judged_view import JudgedView
from harness.render.markdown.github import COMMENT_LIMIT, render_pull_request, render_step_summary
from tests.support.claim_fixture import claims_of
from tests.support.compared_runs import stored, worse
from tests.support.report_fixture import VERDICTS, Rendered, judged_view
from tests.support.synthetic import make_plan, make_results

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


def test_annotations_are_one_command_for_each_unexpected_cell_and_nothing_else(out: Path) -> None:
    lines = (out / "annotations.txt").read_text().splitlines()
    assert len(lines) == VERDICTS["unexpected"]
    assert all(line.startswith("::error title=unexpected ") for line in lines)
    # Those that GitHub shows first are all different.
    assert len({line.partition("::")[2].partition("::")[0] for line in lines[:3]}) == 3
    assert sum(line.endswith("; claim D1: pass") for line in lines) == 4


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
    assert "**Incomplete:** 93 cells of the plan have no result, and machines disagree about" in text
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


def test_a_pull_request_is_told_what_changed_since_the_run_before(by_hand: Rendered, tmp_path: Path) -> None:
    plan = make_plan(20_000)
    first = stored(tmp_path, plan, make_results(plan))
    stored(tmp_path, plan, (worse(result) for result in make_results(plan)))
    (path,) = render_report(tmp_path, None, ["pull-request"], tmp_path, by_hand.judge).written
    text = path.read_text()
    assert f"### Changes since run `{first}`" in text
    assert "| **regressed** | pass → fail: `no-value` | " in text
    assert "| cannot be told: not recorded is the harness that ran the cells and the machine |" in text
    assert re.search(r"^- \d+ cells of which it cannot be told$", text, re.MULTILINE)
    assert len(text.encode()) < COMMENT_LIMIT
    (path,) = render_report(tmp_path, first, ["pull-request"], tmp_path, by_hand.judge).written
    assert "Changes since" not in path.read_text()
