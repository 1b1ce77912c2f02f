"""What `cells` and `show` print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.render.again import run_again
from harness.render.markdown import render_markdown
from harness.render.terminal import render_cells, render_show, styled
from harness.render.view import ReportView
from harness.results import CellKey
from harness.store.run_store import RunStore
from harness.store.runs import Runs
from tests.synthetic import make_environments, make_results
from tests.test_view import ALL, GOOD, MISSING, only

HANG = CellKey(GOOD, "epoll", "callback_from_thread", "as_future")


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
    text = "\n".join(render_show(ReportView.of_store(store), store, HANG))
    for expected in (
        HANG.id, "outcome:         hang", "mechanism:       future-never-awaited", "no progress for 10 s",
        "twisted.internet.epollreactor.EPollReactor", f"attested in:     {store.id}",
        "Traceback (most recent call last)",
        "requirement:     scrapy==2.13.4", "twisted:       25.5.0", "scrapy==1.0.0 --hash=sha256:",
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


def test_show_and_the_report_print_that_command(tmp_path: Path) -> None:
    plan = only(ALL, GOOD)
    command = ("run", "--scenarios", "mine")
    with Runs(tmp_path).create(plan="x", plan_hash="h", plan_json=plan.to_json(), host={}, command=command) as store:
        store.record_cells(make_results(plan))
        view = ReportView.of_store(store)
        assert run_again(command, HANG.id) in list(render_show(view, store, HANG))
        assert "scrapy-compat run --scenarios mine --cell linux-" in render_markdown(view)


def test_show_of_a_cell_with_an_overlay_has_its_lock(store: RunStore) -> None:
    text = "\n".join(render_show(ReportView.of_store(store), store, HANG._replace(lane="asyncio-uvloop")))
    assert "overlays:        uvloop" in text
    assert "--- lock of uvloop\nuvloop==0.21.0" in text


def test_show_of_a_cell_that_was_not_run_says_why(store: RunStore) -> None:
    key = HANG._replace(environment=MISSING)
    text = "\n".join(render_show(ReportView.of_store(store), store, key))
    assert "outcome:         missing-interpreter" in text
    assert "no run: nothing was recorded" in text
    assert "the whole\ntext" in text


def test_a_cell_that_the_run_does_not_have_is_named(store: RunStore) -> None:
    with pytest.raises(ConfigurationError, match="does not have this cell"):
        list(render_show(ReportView.of_store(store), store, HANG._replace(lane="kqueue")))


def test_nothing_a_cell_says_reaches_the_terminal_as_a_command(tmp_path: Path) -> None:
    plan = only(ALL, GOOD)
    runs = Runs(tmp_path)
    with runs.create(plan="x", plan_hash="h", plan_json=plan.to_json(), host={}, command=()) as store:
        store.record_cells(make_results(plan, adversarial=True))
        view = ReportView.of_store(store)
        failed = next(cell.key for cell in view.cells() if cell.observation.mechanism)
        lines = [*render_cells(view, view.cells(), "table"), *render_cells(view, view.cells(), "json"),
                 *render_show(view, store, failed)]  # fmt: skip
    for line in lines:
        assert line.isprintable(), ascii(line)
    assert any("\\x1b[31mred\\x07 \\u202e" in line for line in lines)


def test_colours_change_nothing_of_the_text(store: RunStore) -> None:
    view = ReportView.of_store(store)
    for line in [*render_show(view, store, HANG), *render_cells(view, view.cells(), "table")]:
        assert styled(line).plain == line
    assert styled("hang  [red]x[/red]").spans
