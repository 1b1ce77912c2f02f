"""The file of outcomes is written by whatever ran in the cell: it is read with care."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.runner.outcomes import LINE_LIMIT, BatchOutcome, OutcomeFile, add


def test_only_whole_lines_are_read_and_each_once(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    follower = OutcomeFile(path)
    assert follower.new_lines() == []
    path.write_bytes(b'{"type": "facts"}\n{"type": "ce')
    assert follower.new_lines() == [{"type": "facts"}]
    with path.open("ab") as file:
        file.write(b'll"}\n')
    assert follower.new_lines() == [{"type": "cell"}]
    assert follower.new_lines() == []


@given(st.lists(st.binary(max_size=40)))
def test_damaged_lines_are_counted_and_cost_no_others(tmp_path_factory: object, junk: list[bytes]) -> None:
    path = Path(tmp_path_factory.mktemp("outcomes")) / "o"  # type: ignore[attr-defined]
    good = json.dumps({"type": "cell", "scenario": "s"}).encode()
    path.write_bytes(b"".join(line.replace(b"\n", b"") + b"\n" + good + b"\n" for line in junk))
    follower = OutcomeFile(path)
    assert [line for line in follower.new_lines() if line.get("scenario") == "s"] == [json.loads(good)] * len(junk)


def test_a_line_beyond_all_measure_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "o"
    path.write_bytes(b'{"type": "cell", "x": "' + b"x" * LINE_LIMIT + b'"}\n{"type": "facts"}\n')
    follower = OutcomeFile(path)
    assert follower.new_lines() == [{"type": "facts"}]
    assert follower.damaged == 1


def test_what_is_said_first_of_a_cell_counts() -> None:
    outcome = BatchOutcome()
    for word in ("pass", "fail"):
        add(outcome, {"type": "cell", "scenario": "s", "helper": "h", "outcome": word})
    assert outcome.cells["s", "h"]["outcome"] == "pass"
