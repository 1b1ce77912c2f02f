"""`report --format`: every format tells the same of one store made by hand that holds every outcome."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import duckdb
import pytest

from harness.commands.report import STDOUT, render_report
from harness.infra.errors import ConfigurationError
from harness.model.outcome import Outcome
from harness.render.cell_rows import COLUMNS
from harness.store.run_directory import Runs
from tests.support.pages import data_of
from tests.support.report_fixture import COUNTED, OUTCOMES, SECRET, VERDICTS, Rendered, hand_made_results


@pytest.mark.parametrize("name", COUNTED)
def test_every_format_tells_the_same_numbers(name: str, out: Path) -> None:
    file, counted = COUNTED[name]
    outcomes, verdicts = counted(out / file)
    assert +outcomes == {outcome.value: count for outcome, count in OUTCOMES.items()}
    assert +verdicts == VERDICTS


def test_the_store_made_by_hand_holds_every_outcome() -> None:
    assert set(OUTCOMES) == set(Outcome)


def test_every_file_is_written_and_named(by_hand: Rendered, out: Path) -> None:
    assert {path.name for path in by_hand.written if path.parent == out} == {
        "matrix.json", "compat.json", "matrix.md", "index.html", "junit.xml", "ctrf.json", "summary.md",
        "annotations.txt", "pull-request.md", "cells.csv", "cells.parquet",
    }  # fmt: skip
    assert sorted(path for path in out.rglob("*") if path.is_file()) == sorted(by_hand.written)


def test_no_password_of_a_requirement_reaches_a_report(by_hand: Rendered) -> None:
    for path in by_hand.written:
        # What is compressed there is the same as in the CSV.
        assert path.suffix == ".parquet" or SECRET not in path.read_text(), path
        assert path.suffix != ".html" or SECRET not in str(data_of(path.read_text())), path
    with Runs(by_hand.state).open(Runs(by_hand.state).ids()[0]) as store:
        assert SECRET not in store.meta().plan_json
        assert "***@" in store.meta().plan_json


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


# Badges


def test_badges_are_made_for_each_platform_and_lane(by_hand: Rendered) -> None:
    found = [path for path in by_hand.written if path.parent.name == "badges"]
    names = ["linux-epoll", "linux-asyncio-rloop", "linux-none-default", "linux-select"]
    assert [path.name for path in found] == [f"{name}{suffix}" for name in names for suffix in (".json", ".svg")]
    told = {path.stem: json.loads(path.read_text()) for path in found if path.suffix == ".json"}
    assert told["linux-epoll"] == {
        "schemaVersion": 1, "label": "linux epoll", "message": "6 unexpected, 20 of 52 pass", "color": "red",
        "isError": True,
    }  # fmt: skip
    assert (told["linux-select"]["message"], told["linux-select"]["color"]) == ("not measured", "lightgrey")
    for path in found:
        if path.suffix == ".svg":
            texts = [each.text for each in ET.parse(path).iter() if each.tag.endswith("text")]
            assert set(texts) == {told[path.stem]["label"], told[path.stem]["message"]}


def test_badges_do_not_differ_for_nothing(by_hand: Rendered, tmp_path: Path) -> None:
    again = render_report(by_hand.state, None, ["badges"], tmp_path, by_hand.judge).written
    before = [path for path in by_hand.written if path.parent.name == "badges"]
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in before]


# Where it goes


def test_a_text_can_go_to_standard_output_and_annotations_do_by_themselves(by_hand: Rendered, out: Path) -> None:
    for name in ("csv", "summary", "ctrf"):
        found = render_report(by_hand.state, None, [name], STDOUT, by_hand.judge)
        assert "".join(found.printed) == (out / COUNTED[name][0]).read_text()
        assert found.written == ()
    found = render_report(by_hand.state, None, ["annotations"], None, by_hand.judge)
    assert "".join(found.printed) == (out / "annotations.txt").read_text()


@pytest.mark.parametrize("formats", [[], ["badges"], ["parquet"], ["junit", "ctrf"]])
def test_what_is_no_single_text_is_refused_on_standard_output(formats: list[str], by_hand: Rendered) -> None:
    with pytest.raises(ConfigurationError, match="takes one format that is text"):
        render_report(by_hand.state, None, formats, STDOUT, by_hand.judge)
