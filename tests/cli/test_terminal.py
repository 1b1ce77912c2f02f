"""What `cells` and `show` print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.infra.errors import ConfigurationError
from harness.infra.text import capped_lines
from harness.judge.baseline_file import AcceptedResult, made_baseline
from harness.judge.verdict import Judge
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates
from harness.model.outcome import Outcome
from harness.render.colours import coloured
from harness.render.markdown.matrix_md import render_markdown
from harness.render.rerun_command import run_again
from harness.render.text.cells import render_cells
from harness.render.text.show import ShownCell
from harness.render.to_plain import json_text
from harness.render.view import ReportView
from harness.store.run_directory import Runs
from harness.store.run_store import RunStore
from tests.support.claim_fixture import AWAITS, claims_of
from tests.support.synthetic import make_environments, make_results
from tests.support.views import ALL, GOOD, MISSING, only

HANG = CellKey(GOOD, "epoll", "callback_from_thread", "as_future")


def shown(view: ReportView, store: RunStore, key: CellKey, judge: Judge | None = None, *, lock: bool = False) -> str:
    return "\n".join(ShownCell(view, store, key, judge).lines(lock=lock))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    plan = only(ALL, GOOD, MISSING)
    runs = Runs(tmp_path)
    with runs.create(plan="x", plan_hash="h", plan_json=plan.to_json(), host={}, command=()) as made:
        for environment in make_environments(plan):
            made.record_environment(environment)
        made.record_cells(make_results(plan))
        yield made


def test_ids_can_be_read_by_a_program(store: RunStore) -> None:
    view = ReportView.of_store(store)
    assert list(render_cells(view, view.cells(), "ids")) == [cell.key.id for cell in view.cells()]


def test_json_is_one_object_a_line_with_the_fields_of_matrix_json(store: RunStore) -> None:
    view = ReportView.of_store(store)
    lines = list(render_cells(view, view.cells(), "json"))
    assert not any("\n" in line for line in lines)
    read = {cell["cell"]: cell for cell in map(json.loads, lines)}
    assert len(read) == view.count
    assert (read[HANG.id]["outcome"], read[HANG.id]["origin"]) == ("hang", store.id)
    assert read[HANG.id]["facts"]["reactor"] == "twisted.internet.epollreactor.EPollReactor"


def test_a_table_says_outcome_id_and_why(store: RunStore) -> None:
    view = ReportView.of_store(store)
    *rows, total = render_cells(view, [cell for cell in view.cells() if cell.key == HANG], "table")
    assert " ".join(rows).split() == ["hang", HANG.id, "future-never-awaited:", "no", "progress", "for", "10", "s"]
    assert total == f"1 of 1,848 cells of run {store.id}"


def test_show_tells_everything_and_how_to_run_it_again(store: RunStore) -> None:
    text = shown(ReportView.of_store(store), store, HANG, lock=True)
    for expected in (
        HANG.id, "outcome:         hang", "mechanism:       future-never-awaited", "no progress for 10 s",
        "twisted.internet.epollreactor.EPollReactor", f"attested in:     {store.id}",
        "Traceback (most recent call last)",
        "requirement:     scrapy==2.13.4", "scrapy 2.13.4, twisted 25.5.0", "scrapy==1.0.0 --hash=sha256:",
        f"scrapy-compat run --cell {HANG.id} --isolate --fresh",
    ):  # fmt: skip
        assert expected in text


@pytest.mark.parametrize(
    ("command", "again"),
    [
        (("run", "--plan", "full"), ""),
        (
            ("run", "--scenarios", "my own", "--lane", "epoll", "--scenarios=others"),
            "--scenarios 'my own' --scenarios others ",
        ),
        (("run", "--matrix", "project/matrix.toml", "--fresh"), "--matrix project/matrix.toml "),
    ],
)
def test_the_command_that_runs_a_cell_again_finds_the_scenarios_of_its_run(
    command: tuple[str, ...], again: str
) -> None:
    assert run_again(command, HANG.id) == f"scrapy-compat run {again}--cell {HANG.id} --isolate --fresh"


def test_the_command_that_runs_a_cell_of_a_target_again_is_try_with_what_chose_other_cells_left_out() -> None:
    command = (
        "--debug",
        "try",
        "my plugin",
        "--scrapy",
        "2.13",
        "--lane=default",
        "--state",
        "s",
        "--json",
        "--",
        "-k",
        "x",
    )
    assert run_again(command, HANG.id) == f"scrapy-compat try 'my plugin' --state s --cell {HANG.id} --fresh -- -k x"


def test_show_and_the_report_print_that_command(tmp_path: Path) -> None:
    plan = only(ALL, GOOD)
    command = ("run", "--scenarios", "mine")
    with Runs(tmp_path).create(plan="x", plan_hash="h", plan_json=plan.to_json(), host={}, command=command) as store:
        store.record_cells(make_results(plan))
        view = ReportView.of_store(store)
        assert run_again(command, HANG.id) in shown(view, store, HANG).splitlines()
        assert "scrapy-compat run --scenarios mine --cell linux-" in render_markdown(view)


def test_show_of_a_cell_that_does_not_pass_names_the_command_that_tells_what_makes_it_pass(store: RunStore) -> None:
    view = ReportView.of_store(store)
    assert f"scrapy-compat why {HANG.id}" in shown(view, store, HANG).splitlines()
    passing = next(cell.key for cell in view.cells() if cell.observation.outcome == Outcome.PASS)
    assert "scrapy-compat why" not in shown(view, store, passing)


def test_show_of_a_cell_with_an_overlay_has_its_lock(store: RunStore) -> None:
    text = shown(ReportView.of_store(store), store, HANG._replace(lane="asyncio-uvloop"), lock=True)
    assert "overlays:        uvloop" in text
    assert "--- lock of uvloop\nuvloop==0.21.0" in text


def test_show_of_a_cell_that_was_not_run_says_why(store: RunStore) -> None:
    key = HANG._replace(environment=MISSING)
    text = shown(ReportView.of_store(store), store, key)
    assert "outcome:         missing-interpreter" in text
    assert "no run: nothing was recorded" in text
    assert "the whole\ntext" in text


def test_a_cell_that_the_run_does_not_have_is_named(store: RunStore) -> None:
    with pytest.raises(ConfigurationError, match="does not have this cell"):
        shown(ReportView.of_store(store), store, HANG._replace(lane="kqueue"))


def test_nothing_a_cell_says_reaches_the_terminal_as_a_command(tmp_path: Path) -> None:
    plan = only(ALL, GOOD)
    runs = Runs(tmp_path)
    with runs.create(plan="x", plan_hash="h", plan_json=plan.to_json(), host={}, command=()) as store:
        store.record_cells(make_results(plan, adversarial=True))
        view = ReportView.of_store(store)
        failed = next(cell.key for cell in view.cells() if cell.observation.mechanism)
        lines = [*render_cells(view, view.cells(), "table"), *render_cells(view, view.cells(), "json"),
                 *shown(view, store, failed).splitlines()]  # fmt: skip
    for line in lines:
        assert line.isprintable(), ascii(line)
    assert any("\\x1b[31mred\\x07 \\u202e" in line for line in lines)


def test_colours_change_nothing_of_the_text(store: RunStore) -> None:
    view = ReportView.of_store(store)
    for line in [*shown(view, store, HANG).splitlines(), *render_cells(view, view.cells(), "table")]:
        assert coloured(line).plain == line


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hang  [red]x[/red]", ["hang"]),
        ("outcome:         pass", ["pass"]),
        ("verdict:         unexpected", ["unexpected"]),
        ("   3  fail/task-got-bad-yield: reactor asyncio · all scenarios", ["fail"]),
        ("    2,400  missing-interpreter → pass: Scrapy 2.13-2.19", ["missing-interpreter", "pass"]),
        ("      12  fail/a → fail/b: Scrapy 2.13", ["fail", "fail"]),
        ("regressed: 12 cells", ["regressed"]),
        ("D3   refuted          0 for        5 against  All pass in the new release", ["refuted"]),
        ("Run x: 5 cells run, 5 cells in all: pass 3, fail 2", ["pass", "fail"]),
        ("Verdicts: expected 3, unexpected 2, unclaimed 0", ["expected", "unexpected"]),
        ("what would pass is not said to fail", []),
    ],
)
def test_colours_stand_on_outcomes_verdicts_and_changes_only(line: str, words: list[str]) -> None:
    text = coloured(line)
    assert [line[span.start : span.end] for span in sorted(text.spans)] == words


def test_show_has_the_lock_only_where_it_is_asked_for_and_else_its_size(store: RunStore) -> None:
    text = shown(ReportView.of_store(store), store, HANG._replace(lane="asyncio-uvloop"))
    assert "--hash" not in text
    assert text.endswith("lock: 5 packages, lock of uvloop: 1 package (--lock shows them)")


def test_show_says_the_verdict_and_where_it_comes_from(store: RunStore, tmp_path: Path) -> None:
    view = ReportView.of_store(store)
    at = [cell.at for cell in view.known()]
    accepted = {CellCoordinates.of(HANG): AcceptedResult(Outcome.PASS, None)}
    baseline = made_baseline("linux", accepted, at, known=at)
    claims = claims_of(tmp_path, AWAITS.replace('helper = "direct"\noutcome = "pass"', 'outcome = "pass"'))
    judge = Judge(claims, {"linux": baseline})
    text = shown(view, store, HANG, judge)
    assert "verdict:         unexpected" in text
    assert "  against:       claim D1: pass: Without the asyncio reactor a Deferred can be awaited." in text
    assert "  against:       baseline: pass: {" in text
    assert "  since:         no claim and no baseline" in shown(view, store, HANG, Judge(()))


def test_show_as_json_is_the_whole_cell_and_ascii(store: RunStore) -> None:
    told = json_text(ShownCell(ReportView.of_store(store), store, HANG, Judge(())).object())
    assert told.isascii()
    cell = json.loads(told)
    assert (cell["cell"], cell["outcome"], cell["verdict"], cell["grounds"]) == (HANG.id, "hang", "unclaimed", [])
    assert cell["evidence"]["exception"].startswith("Traceback")
    assert len(cell["locks"]["lock"]) == 5


def test_a_line_that_never_ends_is_cut_with_a_mark() -> None:
    (line,) = capped_lines("x" * 10_000_000)
    assert line == "x" * 2_000 + " [... 9,998,000 characters cut]"
    assert list(capped_lines("a\r\nb\x0bc\u2028d\re")) == ["a", "b\\x0bc\\u2028d\\x0de"]
