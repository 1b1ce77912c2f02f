"""The answer at the end of a run: one screen, whatever the run holds, and the same when nothing has changed."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from rich.console import Console
from rich.table import Table

from harness.commands.run_end import end_of
from harness.judge.baseline_file import made_baseline
from harness.judge.claim import Claim
from harness.judge.claim_results import judge_cells
from harness.judge.claims_file import load_claims
from harness.judge.verdict import Judge
from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.plan.plan_records import Plan, PlannedEnvironment
from harness.render.answer import answer_of
from harness.render.answer_text import WIDTH, answer_parts
from harness.render.text.run import RunEnd
from harness.render.to_plain import json_text
from harness.render.view import ReportView
from harness.store.run_directory import Runs
from harness.store.summary import Answer, AnswerRow, Contradiction, Summary
from tests.support.claim_fixture import CLAIMS
from tests.support.synthetic import make_environments, make_plan, make_results
from tests.support.views import ALL, GOOD, MISSING, only, view_of

MANY_RELEASES = make_plan(60_000)
HELPERS = (
    *("direct", "deferred_to_future", "maybe_deferred_to_future", "ensure_awaitable", "copied_deferred_to_future"),
    *("copied_maybe_deferred_to_future", "as_future"),
)


def claims(place: Path) -> tuple[Claim, ...]:
    file = place / "claims.toml"
    file.write_text(CLAIMS)
    return load_claims(file, {})


def answer(view: ReportView, judge: Judge | None = None) -> Answer:
    return answer_of(view, judge_cells(judge or Judge(()), view.known))


def shown(found: Answer, width: int = WIDTH, *, colour: bool = False) -> list[str]:
    console = Console(
        file=io.StringIO(), width=width, force_terminal=colour, color_system="standard" if colour else None
    )
    for part in answer_parts(found, "20261123T021500Z-1a2b3c", width):
        console.print(part, soft_wrap=not isinstance(part, Table))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def table_of(lines: list[str]) -> list[str]:
    """The table with what stands right above it."""
    first = next(number for number, line in enumerate(lines) if line.startswith("Releases of Scrapy"))
    return lines[first : lines.index("", first)]


def fits(lines: list[str], width: int = WIDTH) -> None:
    assert len(lines) <= 31  # with what stands around it: a screen
    assert len(table_of(lines)) <= 20
    # Ids of cells and runs are not broken: what they are for is being copied.
    assert all(len(line) <= width for line in lines if "scrapy-compat " not in line)


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_answer_over_many_releases_is_one_screen(tmp_path: Path, width: int) -> None:
    found = answer(view_of(MANY_RELEASES, healthy=True), Judge(claims(tmp_path)))
    lines = shown(found, width)
    fits(lines, min(width, WIDTH))
    assert lines[1].startswith("What to write: maybe_deferred_to_future with Scrapy 2.6-2.19")
    assert [row.name for row in found.rows] == list(HELPERS)
    assert all(any(line.startswith(helper) for line in lines) for helper in HELPERS)


def test_the_table_says_where_all_some_or_none_passed_and_where_there_is_no_such_helper() -> None:
    found = answer(view_of(MANY_RELEASES, healthy=True))
    rows = {row.name: dict(zip(found.kinds, row.releases, strict=True)) for row in found.rows}
    assert found.kinds == ("asyncio", "other", "none")
    assert rows["direct"]["asyncio"] == {"some": "2.0-2.19"}
    assert rows["direct"]["other"] == {"all": "2.0-2.19"}
    assert rows["deferred_to_future"]["other"] == {"none": "2.6-2.19", "absent": "2.0-2.5"}
    assert rows["ensure_awaitable"]["none"] == {"all": "2.15-2.19"}


def test_releases_that_alternate_do_not_make_the_table_longer() -> None:
    odd, even = (", ".join(f"2.{minor}.{patch}" for minor in range(40) for patch in (first, 7)) for first in (1, 2))
    releases = ({"all": odd, "some": even}, {"none": odd, "absent": even}, {"all": even})
    rows = tuple(AnswerRow(name=helper, releases=releases) for helper in HELPERS)
    fits(shown(replace(answer(view_of(MANY_RELEASES)), rows=rows)))


def test_many_contradictions_and_causes_are_counted_and_the_first_named() -> None:
    several = tuple(Contradiction(text=f"claim D{n}: {'why ' * 60}", example=f"cell-{n}") for n in range(9))
    gaps = tuple(f"Python 3.{n}: not found" for n in range(9))
    found = replace(answer(view_of(only(ALL, GOOD))), refuted=several, unexpected=several, gaps=gaps)
    lines = shown(found)
    fits(lines)
    assert sum("scrapy-compat show cell-" in line for line in lines) == 4
    assert "  … and 4 more causes, which the report tells" in lines


def test_an_incomplete_run_says_what_could_not_be_asked_one_line_a_cause() -> None:
    plan = only(ALL, GOOD, MISSING, MISSING.replace("2.13.4", "2.19.0"))
    (environment,) = make_environments(only(ALL, GOOD))
    cells = list(make_results(only(ALL, GOOD)))[:-2]
    reasons = {"3.15": "Python 3.15: not found. Run `uv python install 3.15`"}
    missing = [replace(each, reason=reasons[each.python]) for each in make_environments(plan) if each.python in reasons]
    found = answer(view_of(plan, environments=[environment, *missing], results=cells))
    assert found.gaps[0].startswith("Python 3.15 (")
    assert found.gaps[0].endswith("cells): not found. Run `uv python install 3.15`")
    assert found.gaps[1].startswith("2 cells not-run: ")
    assert len(found.gaps) == 2
    fits(shown(found))


def test_pythons_that_are_missing_for_one_cause_are_one_line() -> None:
    plan = replace(ALL, environments=tuple(each for each in ALL.environments if each.python in {"3.6", "3.7"}))
    missing = [
        replace(
            each,
            status=Outcome.MISSING_INTERPRETER,
            reason=f"Python {each.python}: not found; `uv python install {each.python}`",
        )
        for each in make_environments(plan)
    ]
    (line,) = answer(view_of(plan, environments=missing, results=[])).gaps
    assert line.startswith("Python 3.6, 3.7 (")
    assert line.endswith("): not found; `uv python install 3.6 3.7`")


def with_lanes(plan: Plan, *names: str) -> Plan:
    def narrowed(each: PlannedEnvironment) -> PlannedEnvironment:
        return replace(each, lanes=tuple(lane for lane in each.lanes if lane.name in names))

    return replace(plan, environments=tuple(map(narrowed, plan.environments)))


def test_a_run_without_asyncio_has_no_column_for_it() -> None:
    found = answer(view_of(with_lanes(MANY_RELEASES, "epoll", "select"), healthy=True))
    assert found.kinds == ("other",)
    lines = shown(found)
    fits(lines)
    assert not any("asyncio" in line for line in lines)


def test_own_scenarios_without_helpers_are_the_rows_themselves() -> None:
    names = [f"my_question_{number}" for number in range(30)]
    (planned,) = with_lanes(only(ALL, GOOD), "epoll").environments
    lanes = tuple(replace(lane, cells=tuple((name, "none") for name in names)) for lane in planned.lanes)
    plan = Plan(name="own", environments=(replace(planned, lanes=lanes),))
    results = [own_result(CellKey(GOOD, "epoll", name, "none"), number) for number, name in enumerate(names)]
    found = answer(view_of(plan, results=results))
    assert (dict(found.advice), found.kinds) == ({}, ("other",))
    assert [dict(row.releases[0]) for row in found.rows[:2]] == [{"none": "2.13"}, {"all": "2.13"}]
    lines = shown(found)
    fits(lines)
    assert not any(line.startswith("What to write") for line in lines)
    assert "… and 14 more rows: `scrapy-compat cells --run 20261123T021500Z-1a2b3c`" in lines


def own_result(key: CellKey, number: int) -> CellResult:
    outcome = Outcome.PASS if number % 2 else Outcome.FAIL
    mechanism = None if number % 2 else "wrong-value"
    (any_result,) = list(make_results(only(ALL, GOOD)))[:1]
    return replace(any_result, key=key, outcome=outcome, mechanism=mechanism)


def test_a_run_of_which_nothing_was_measured_says_only_that() -> None:
    found = answer(view_of(only(ALL, MISSING), results=[]))
    assert (found.rows, dict(found.advice), found.measured) == ((), {}, 0)
    assert next(line for line in shown(found) if line) == "Incomplete, not measured:"


def test_hostile_texts_stay_text() -> None:
    hostile = Contradiction(text="\x1b[2J[red]boo[/red]", example="\x1b]0;x\x07")
    found = replace(answer(view_of(only(ALL, GOOD))), unexpected=(hostile,), gaps=("\x1b[1m \u202e [bold]",))
    text = "\n".join(shown(found))
    assert "\x1b" not in text
    assert "[red]boo[/red]" in text


def test_colours_only_mark_words() -> None:
    found = answer(view_of(MANY_RELEASES, healthy=True))
    coloured = "\n".join(shown(found, colour=True))
    assert "\x1b[32mall\x1b[0m 2.0-2.19" in coloured


def stored(place: Path, plan: Plan) -> tuple[Runs, str]:
    runs = Runs(place)
    with runs.create(plan=plan.name, plan_hash=plan.hash, plan_json=plan.to_json(), host={}, command=("run",)) as store:
        for environment in make_environments(plan):
            store.record_environment(environment)
        store.record_cells(make_results(plan))
        return runs, store.id


def ended(runs: Runs, run_id: str, out: Path | None, judge: Judge, *, fresh: bool) -> RunEnd:
    return end_of(runs.open(run_id), runs, judge, out, fresh=fresh, executed=0)


@pytest.mark.parametrize("reports", [True, False])
def test_an_unchanged_run_gives_the_same_answer_without_judging_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, reports: bool
) -> None:
    runs, run_id = stored(tmp_path / "state", only(ALL, GOOD, MISSING))
    out, judge = tmp_path / "reports" if reports else None, Judge(claims(tmp_path), digest="a")
    first = ended(runs, run_id, out, judge, fresh=True)
    with monkeypatch.context() as patched:
        patched.setattr("harness.commands.run_end.judge_cells", None)  # calling it would raise
        second = ended(runs, run_id, out, judge, fresh=False)
    assert second.unchanged
    assert second.verdicts == first.verdicts
    assert second.summary == first.summary
    assert second.summary.answer is not None
    assert shown(second.summary.answer) == shown(first.summary.answer)  # type: ignore[arg-type]
    # Other claims: it is judged again.
    third = ended(runs, run_id, out, Judge((), digest="b"), fresh=False)
    assert third.verdicts != first.verdicts
    assert third.summary.judged_by == "b"


def test_what_programs_read_of_the_end_of_a_run_is_as_it_was(tmp_path: Path) -> None:
    runs, run_id = stored(tmp_path / "state", only(ALL, GOOD))
    told = json.loads(json_text(ended(runs, run_id, None, Judge(()), fresh=True)))
    assert sorted(told) == [
        *("adaptation", "artifact", "complete", "coverage", "executed", "given_up", "missing", "outcomes", "run_id"),
        "unchanged",
        "verdicts",
        "written",
    ]


def test_a_summary_from_before_there_were_answers_is_read() -> None:
    old = json.dumps({"outcomes": {"pass": 1}, "verdicts": {}, "judged_by": "x", "changes": None})
    assert msgspec.json.decode(old, type=Summary).answer is None
    later = json.dumps({**json.loads(old), "new": 1})
    assert msgspec.json.decode(later, type=Summary).outcomes == {"pass": 1}
    with pytest.raises(ValueError, match="outcomes"):
        msgspec.json.decode("{}", type=Summary)


def test_failures_that_nothing_announces_are_said_with_how_to_accept_them(tmp_path: Path) -> None:
    view = view_of(MANY_RELEASES, healthy=True)
    found = answer(view, Judge(()))
    (line,) = (line for line in shown(found) if "nothing is accepted yet" in line)
    assert line == (
        f"{found.unannounced:,} cells failed, which no claim announces, and nothing is accepted yet: "
        "`scrapy-compat baseline accept --run 20261123T021500Z-1a2b3c`"
    )
    failed = (Outcome.FAIL, Outcome.HANG, Outcome.CRASH)
    assert found.unannounced == sum(view.outcomes[each] for each in failed)
    accepted = made_baseline("linux", {}, [], {}, known=[])
    assert answer(view, Judge((), {"linux": accepted})).unannounced == 0
