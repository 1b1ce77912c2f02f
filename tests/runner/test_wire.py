"""The file of outcomes is written by whatever ran in the cell: it is read with care."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.outcome import Outcome
from harness.runner.follower import BatchFollower
from harness.runner.wire import (
    LINE_LIMIT,
    BatchOutcome,
    CellReport,
    DamagedLineError,
    EnvironmentReport,
    OutcomeFile,
    UnusableReport,
    decode,
)
from harness.runner.work import Batch, LaneSpec, ProcessRequest, Start

LANE = LaneSpec(name="epoll", settings={}, reactorless=False, reactor=None, loop=None)
ENVIRONMENT = {"type": "environment", "python_build": "CPython", "versions": {}}
PASS = {"type": "cell", "scenario": "s", "helper": "h", "outcome": "pass", "seconds": 0.1}
CLOSE = {"type": "close", "close": "clean", "reasons": [], "blamed": [], "suspected": []}
END = {"type": "end", "exit": 0, "signal": None, "killed": None, "stdout": "", "stderr": ""}


def line(message: dict[str, Any], batch: int | str = 0) -> bytes:
    return f"{batch} {json.dumps(message)}".encode()


class Heard:
    """What came of the lines of a process with two batches of two cells each."""

    def __init__(self, *lines: bytes, start: Start = "preloaded") -> None:
        self.environments: list[EnvironmentReport | UnusableReport] = []
        self.outcomes: dict[int, BatchOutcome] = {}
        cells = (("s", "h"), ("s", "other"))
        batches = tuple(Batch(number=number, lane=LANE, path=(), cells=cells) for number in range(2))
        request = ProcessRequest(batches=batches, deadline=1.0, start=start)
        follower = BatchFollower(request, self.environments.append, self._ended)
        follower.take(lines)
        for number in range(2):
            follower.take([line({**END, "batch": number}, "-")])

    def _ended(self, batch: Batch, outcome: BatchOutcome) -> None:
        self.outcomes[batch.number] = outcome


def test_only_whole_lines_are_read_and_each_once(tmp_path: Path) -> None:
    path = tmp_path / "outcomes"
    with OutcomeFile(path) as follower:
        assert follower.new_lines() == []
        path.write_bytes(b"- 1\n- 2")
        assert follower.new_lines() == [b"- 1"]
        with path.open("ab") as file:
            file.write(b"3\n")
        assert follower.new_lines() == [b"- 23"]
        assert follower.new_lines() == []


@pytest.mark.posix("links and FIFOs that can take the place of a file that is open")
@pytest.mark.parametrize("kind", ["fifo", "folder", "link", "nothing"])
def test_what_takes_the_place_of_the_file_is_never_looked_at(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "outcomes"
    with OutcomeFile(path) as follower:
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        path.unlink()
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        elif kind == "link":
            path.symlink_to("/dev/zero")
        os.write(file, b"- 1\n")
        os.close(file)
        assert follower.new_lines() == [b"- 1"]


@pytest.mark.posix("links")
def test_a_file_is_not_made_where_something_of_that_name_is(tmp_path: Path) -> None:
    (tmp_path / "outcomes").symlink_to("/dev/zero")
    with pytest.raises(FileExistsError):
        OutcomeFile(tmp_path / "outcomes")


def test_a_line_beyond_all_measure_is_cut_and_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "outcomes"
    with OutcomeFile(path) as follower:
        path.write_bytes(b"0 " + b"x" * 3 * LINE_LIMIT + b"\n- 1\n")
        first, second = follower.new_lines()
        assert len(first) < 2 * LINE_LIMIT
        assert second == b"- 1"
        with pytest.raises(DamagedLineError, match="longer"):
            decode(first)


@given(st.binary(max_size=60))
def test_a_line_is_a_message_or_damage_and_nothing_else(raw: bytes) -> None:
    for text in (raw, b"0 " + raw, b"- " + raw):
        try:
            decode(text)
        except DamagedLineError as damage:
            assert damage.batch in (None, 0)  # noqa: PT017


WRONG = {
    "no keys": {"type": "cell"},
    "a key too many": {**PASS, "more": 1},
    "wrong type": {**PASS, "mechanism": 5},
    "not a number": {**PASS, "seconds": float("nan")},
    "infinite": {**PASS, "seconds": float("inf")},
    "negative": {**PASS, "seconds": -1},
    "no such outcome": {**PASS, "outcome": "excellent"},
    "an outcome that no cell says of itself": {**PASS, "outcome": "excluded"},
    "no such type": {"type": "verdict"},
    "no object": [1],
    "long": {**PASS, "mechanism": "m" * 1000},
    "another's cell": {**PASS, "scenario": "another"},
    "another's blame": {**CLOSE, "blamed": [["another", "h", "why"]]},
    "another's suspicion": {**CLOSE, "suspected": ["another"]},
    "its own end": {**END, "batch": 0},
    "the end of another": {**END, "batch": 1},
    "the environment": ENVIRONMENT,
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_line_that_does_not_fit_damages_its_own_batch_and_no_other(wrong: str) -> None:
    found = Heard(
        line(ENVIRONMENT, "-"), line(PASS, 0), line(WRONG[wrong], 0), line(CLOSE, 0), line(PASS, 1), line(CLOSE, 1)
    )
    assert found.outcomes[0].damage is not None
    assert found.outcomes[1].damage is None
    assert found.outcomes[1].cells["s", "h"].outcome is Outcome.PASS
    assert len(found.environments) == 1


def test_nesting_without_end_is_damage() -> None:
    with pytest.raises(DamagedLineError):
        decode(b"0 " + b"[" * 1_000_000)


def test_a_second_line_about_a_cell_is_damage_since_one_of_them_is_not_the_cell_s_own() -> None:
    found = Heard(line(ENVIRONMENT, "-"), line(PASS), line({**PASS, "outcome": "fail"}))
    assert found.outcomes[0].damage == "two lines are about s/h"


def test_a_line_that_is_nobody_s_damages_whatever_has_not_ended() -> None:
    found = Heard(line(ENVIRONMENT, "-"), line(PASS, 0), line({**END, "batch": 0}, "-"), b"junk", line(PASS, 1))
    assert (found.outcomes[0].damage, found.outcomes[1].damage) == (None, "a line names no batch")


def test_children_that_start_from_scratch_say_what_the_environment_is() -> None:
    found = Heard(line(ENVIRONMENT, 0), line(PASS, 0), start="bare")
    assert len(found.environments) == 1
    assert found.outcomes[0].damage is None


def test_what_ends_before_it_has_said_what_it_is_makes_the_environment_unusable() -> None:
    found = Heard(start="bare")
    (said,) = found.environments
    assert isinstance(said, UnusableReport)
    assert (said.mechanism, found.outcomes) == ("exit-0", {})


def test_what_the_kit_writes_fits() -> None:
    for text in (PASS, {**PASS, "exception": "e" * 100_000}):
        batch, message = decode(line(text, 7))
        assert isinstance(message, CellReport)
        assert batch == 7
