"""reports/matrix.md: it answers, folds, stays small, and shows hostile text as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from harness.infra.text import code, one_line, prose
from harness.model.outcome import Close, Outcome
from harness.model.result import CellResult
from harness.plan.plan_records import Plan
from harness.render.markdown.bounded_page import BoundedPage
from harness.render.markdown.matrix_md import render_markdown
from harness.render.shared_failures import shared_failures
from tests.support.synthetic import HOSTILE, make_environments, make_plan, make_results
from tests.support.views import ALL, GOOD, MISSING, meta, only, view_of

SOME = replace(ALL, environments=tuple(each for each in ALL.environments
                                       if each.python in ("3.6", "3.9", "3.12", "3.15", "pypy3.11")))  # fmt: skip
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def inline_tokens(text: str) -> list[Token]:
    return [child for token in PARSER.parse(text) for child in token.children or []]


@pytest.fixture(scope="module")
def report() -> str:
    return render_markdown(view_of(SOME))


def test_the_answer_comes_first_and_is_computed(report: str) -> None:
    head = report.partition("## What was measured")[0]
    advice, aside, *lines = [line for line in head.splitlines() if line.startswith("- **")]
    assert advice.startswith(
        "- **What to write**: `maybe_deferred_to_future` with Scrapy 2.6-2.19 and "
        "`copied_maybe_deferred_to_future` with Scrapy 2.0-2.5."
    )
    assert aside.startswith(
        "- **Hung or crashed with at least half of the helpers**, so no single helper is at fault: "
    )
    assert "at fault: 360 cells, " in aside
    assert " or " in aside.partition("at fault: ")[2]
    assert len(lines) == 7
    assert re.match(
        r"- \*\*`maybe_deferred_to_future`\*\* passed wherever any helper does: [\d,]+ cells, Scrapy 2.6-2.19. "
        r"Scrapy 2.0-2.5 do not have it.",
        lines[2],
    )
    assert "with the asyncio reactor only `callback_fired`, `callback_nested`" in lines[0]
    assert "with another reactor always" in lines[0]
    assert "with another reactor never" in lines[1]
    assert "everywhere but `asyncio-rloop` · `callback_shared`" in lines[6]


def test_what_hung_with_most_helpers_is_in_the_order_of_the_plan() -> None:
    view = view_of(make_plan(1), healthy=True, adversarial=True)
    stuck = shared_failures(view).stuck
    assert len(stuck) > 100
    assert stuck == [cell for cell in view.core.seen if cell in set(stuck)]


def test_what_hung_everywhere_is_in_no_one_place() -> None:
    text = render_markdown(view_of(make_plan(1), healthy=True, adversarial=True))
    (line,) = [line for line in text.splitlines() if line.startswith("- **Hung or crashed")]
    assert line.endswith(" more: in no one place.")


def test_the_other_reactors_are_those_of_the_run(report: str) -> None:
    assert "“With another reactor” means a lane of one of `default`, `select`, `poll`, `epoll`." in report


def test_an_answer_follows_the_results() -> None:
    plan = only(ALL, GOOD)
    failing = [replace(each, outcome=Outcome.FAIL, mechanism="new") for each in make_results(plan)]
    text = render_markdown(view_of(plan, results=failing))
    assert "**`maybe_deferred_to_future`** passed nowhere: 88 cells, Scrapy 2.13, `new`." in text
    assert "could not be tried anywhere" in render_markdown(view_of(only(ALL, MISSING)))


def test_releases_and_lanes_that_are_equal_are_folded(report: str) -> None:
    titles = re.findall(r"(?m)^### (.*)$", report)
    assert titles == ["Scrapy 2.0-2.3", "Scrapy 2.4-2.5", "Scrapy 2.6-2.13", "Scrapy 2.14", "Scrapy 2.15-2.19"]
    table = report.partition("### Scrapy 2.15-2.19")[2]
    header = next(line for line in table.splitlines() if line.startswith("|"))
    assert "`asyncio-default`, `asyncio-selector`, `asyncio-uvloop`, `none-*`" in header
    assert re.search(r"\| `maybe_deferred_to_future` \| ✓ pass ([\d,]+)/\1 \|", table)
    assert re.search(r"\| `deferred_to_future` \| ✗ `needs-asyncio` ([\d,]+)/\1 \|", table)


def test_exceptions_are_explained_below_the_table(report: str) -> None:
    table = report.partition("### Scrapy 2.15-2.19")[2].partition("## Differences")[0]
    mark = re.search(r"◐ pass [\d,]+/[\d,]+, fail [\d,]+/[\d,]+: `task-got-bad-yield` \((\d+)\)", table)
    assert mark is not None
    note = f"- ({mark[1]}) pass in every cell with `callback_fired`, `callback_nested`; else fail `task-got-bad-yield`."
    assert note in table


def test_what_could_not_be_run_is_folded_with_its_reason(report: str) -> None:
    section = report.partition("## What could not be run, and why")[2]
    assert re.search(
        r"\| unsupported \| Scrapy 2.0-2.14<br>only `none-\*` \| [\d,]+ \| no reactor at all is new", section
    )
    assert re.search(r"\| broken \| Python 3.6-3.12, pypy3.11, Scrapy 2.0-2.6, `latest`<br>.*_safe_chars", section)
    assert "Missing interpreters: Python 3.15. `uv python install 3.15` gets them" in section


def test_misconfigured_lanes_hangs_crashes_and_closes_have_examples(report: str) -> None:
    assert "| misconfigured: `loop-not-as-asked` | `AsyncioSelectorReactor` | `Loop` |" in report
    for outcome in ("hang: `future-never-awaited`", "crash: `signal-11`", "unclean"):
        row = next(line for line in report.splitlines() if line.startswith(f"| {outcome}"))
        assert re.search(r"`linux-py[^`]+/[^`]+/[^`]+/[^`]+` \|$", row)


def test_a_cell_can_be_traced(report: str) -> None:
    assert re.search(r"(?m)^scrapy-compat show linux-\S+$", report)
    assert re.search(r"(?m)^scrapy-compat run --cell linux-\S+ --isolate --fresh$", report)


def test_the_run_is_named_near_the_beginning(report: str) -> None:
    assert meta().id in report[:500]


def test_a_run_without_any_cell_makes_a_report() -> None:
    text = render_markdown(view_of(Plan(name="empty", environments=()), results=[], environments=[]))
    assert "# Which way" in text


def test_a_run_that_is_incomplete_says_so_first() -> None:
    text = render_markdown(view_of(only(ALL, GOOD), results=[], run=meta(finished=None)))
    assert text.splitlines()[4].startswith("**Incomplete:** 616 not-run cells")


@pytest.mark.slow
def test_many_cells_with_nothing_in_common_stay_under_the_limit() -> None:
    text = render_markdown(view_of(make_plan(50_000), healthy=True, adversarial=True))
    assert 100_000 < len(text.encode()) < 500_000
    assert re.search(r"\*… [\d,]+ more rows left out here: `scrapy-compat cells", text)
    assert text.rstrip().endswith("as one JSON object a line."), "the end is never cut"


@pytest.mark.slow
def test_hostile_text_stays_text() -> None:
    text = render_markdown(view_of(make_plan(1), healthy=True, adversarial=True))
    assert all(line.isprintable() for line in text.replace("\u200b", "").split("\n"))
    kinds = {token.type for token in inline_tokens(text.replace("<br>", " "))}
    assert kinds <= {"text", "code_inline", "softbreak", "strong_open", "strong_close", "em_open", "em_close",
                     "link_open", "link_close", "text_special"}  # fmt: skip
    assert {token.attrs.get("href") for token in inline_tokens(text) if token.type == "link_open"} <= {
        "#what-could-not-be-run-and-why"
    }
    assert not re.search(r"@user|#1\b", text)
    columns = 0
    for line in text.splitlines():
        if line.startswith("|"):
            here = len(re.findall(r"(?<!\\)\|", line))
            assert columns in (0, here), line
            columns = here
        else:
            columns = 0


@given(st.text())
def test_prose_is_shown_as_it_is(text: str) -> None:
    expected = one_line(text)
    tokens = inline_tokens(f"| a |\n| --- |\n| x {prose(text)} x |\n")
    cells = "".join(token.content for token in tokens[1:])
    assert {token.type for token in tokens} <= {"text", "text_special"}
    assert cells.replace("\u200b", "").split() == f"x {expected} x".replace("\u200b", "").split()


@given(st.text("`|<>ab\\\n *_", max_size=30))
def test_code_is_a_span_or_prose(text: str) -> None:
    tokens = inline_tokens(f"| a |\n| --- |\n| x {code(text)} x |\n")
    assert {token.type for token in tokens} <= {"text", "text_special", "code_inline"}


@given(st.text(), st.integers(1, 50))
def test_one_line_is_one_printable_line_of_bounded_length(text: str, cap: int) -> None:
    line = one_line(text, cap)
    assert len(line) <= cap
    assert line.isprintable()


def test_what_a_page_leaves_out_is_said_and_not_asked_for() -> None:
    page = BoundedPage(10_000)
    asked: list[int] = []

    def row(number: int) -> str:
        asked.append(number)
        return f"| {number} |\n"

    text = page.rows(range(1000), "look there", limit=5, caller=row)
    assert text.splitlines() == [
        *(f"| {number} |" for number in range(5)),
        "",
        "*… 995 more rows left out here: look there*",
    ]
    assert len(asked) == 5


def test_rows_share_what_the_page_has_left_when_their_turn_comes() -> None:
    page = BoundedPage(1_000)

    def pieces() -> Iterator[str]:
        yield "x" * 599 + "\n"
        yield page.rows(["y" * 99] * 9, "look there", share=0.5, caller=str)
        yield "the end\n"

    lines = page.write(pieces()).splitlines()
    assert lines == ["x" * 599, "y" * 99, "y" * 99, "", "*… 7 more rows left out here: look there*", "the end"]


def test_a_page_leaves_out_lines_that_do_not_fit_and_empty_lines_after_empty_lines() -> None:
    assert BoundedPage(10).write(["a\n\n", "\n" + "b" * 20 + "\n", "c\n"]) == "a\n\nc\n"


def test_the_lines_of_a_row_are_one_line() -> None:
    assert BoundedPage(100).rows(["| a\n  | b |\n"], "look there", caller=str) == "| a | b |\n"


def test_differences_between_scenarios_are_shown_only_where_there_are_any(report: str) -> None:
    section = report.partition("## Differences between scenarios")[2].partition("## ")[0]
    assert "No difference between scenarios: `maybe_deferred_to_future`, `ensure_awaitable`" in section
    assert "| `callback_fired`, `callback_nested` | ✓ pass" in section
    passing = [replace(each, outcome=Outcome.PASS, mechanism=None) for each in make_results(only(ALL, GOOD))]
    assert "None: every helper had the same outcome" in render_markdown(view_of(only(ALL, GOOD), results=passing))


def test_a_clean_run_says_none_where_there_is_nothing() -> None:
    plan = only(ALL, GOOD)
    clean: list[CellResult] = [replace(each, outcome=Outcome.PASS, mechanism=None, close=Close.CLEAN)
                               for each in make_results(plan)]  # fmt: skip
    text = render_markdown(view_of(plan, results=clean, environments=make_environments(plan)))
    assert text.count("\nNone.\n") == 2
    assert "None: every crawl closed cleanly." in text
    assert HOSTILE[:7] not in text


def test_a_scenario_that_no_helper_passes_is_told_once_and_not_with_every_helper() -> None:
    plan = only(ALL, GOOD)
    results = [
        replace(each, outcome=Outcome.FAIL, mechanism="wrong-value")
        if each.key.scenario == "callback_shared"
        else replace(each, outcome=Outcome.PASS, mechanism=None)
        for each in make_results(plan)
    ]
    head = render_markdown(view_of(plan, results=results)).partition("## What was measured")[0]
    told = [line for line in head.splitlines() if "callback_shared" in line]
    assert len(told) == 1
    assert told[0].startswith("- No helper makes **`callback_shared`** pass")
    assert "- **`direct`** passed wherever any helper does" in head


def test_what_to_write_are_helpers_that_pass_everything_between_them() -> None:
    old, new = "linux-py3.8-scrapy2.5.1-era", GOOD
    plan = only(ALL, old, new)
    results = [
        replace(each, outcome=Outcome.PASS, mechanism=None)
        if each.key.helper == ("copied_maybe_deferred_to_future" if each.key.environment == old else "ensure_awaitable")
        else replace(each, outcome=Outcome.FAIL, mechanism="wrong-value")
        for each in make_results(plan)
    ]
    text = render_markdown(view_of(plan, results=results))
    (line,) = [line for line in text.splitlines() if line.startswith("- **What to write**")]
    assert "`copied_maybe_deferred_to_future` with Scrapy 2.5" in line
    assert "`ensure_awaitable` with Scrapy 2.13" in line
