"""`scrapy-compat query`: questions in SQL over one or many stored runs, and the examples of `docs/query.md`."""

from __future__ import annotations

import csv
import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.commands.query import query_runs
from harness.infra.errors import ConfigurationError
from harness.judge.verdict import Judge
from harness.model.outcome import Outcome
from harness.plan.plan_records import Plan
from harness.render.cell_rows import COLUMNS
from harness.render.text.query import SHOWN
from harness.store.run_directory import Runs
from tests.support.claim_fixture import AWAITS, claims_of
from tests.support.compared_runs import stored, worse
from tests.support.report_fixture import NASTY, OUTCOMES, VERDICTS, Rendered
from tests.support.synthetic import make_plan, make_results

DOCS = Path(__file__).resolve().parents[2] / "docs" / "query.md"
EXAMPLES = re.findall(
    r"^```console\n\$ (scrapy-compat query [^\"]*\"[^\"]*\")\n(.*?)^```",
    DOCS.read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
PLAN: Plan = make_plan(40_000)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(claims_of(tmp_path_factory.mktemp("claims"), AWAITS))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one plan: in the second a helper has stopped to work in one lane."""
    state = tmp_path_factory.mktemp("two")
    stored(state, PLAN, make_results(PLAN))
    stored(state, PLAN, (worse(result) for result in make_results(PLAN)))
    return state


def asked(state: Path, judge: Judge, sql: str, shape: str = "json", *, every: bool = False) -> list[str]:
    return list(query_runs(state, (), sql, shape, judge, every=every))


def test_the_numbers_are_those_of_every_format(by_hand: Rendered, judge: Judge) -> None:
    for column, counts in (("outcome", {each.value: count for each, count in OUTCOMES.items()}), ("verdict", VERDICTS)):
        found = asked(by_hand.state, judge, f"SELECT {column} AS name, count(*) AS cells FROM cells GROUP BY ALL")
        assert {row["name"]: row["cells"] for row in map(json.loads, found)} == counts


def test_the_columns_are_those_of_the_csv_and_told_in_the_docs(by_hand: Rendered, judge: Judge) -> None:
    names, *_ = csv.reader(asked(by_hand.state, judge, "SELECT * FROM cells", "csv"))
    assert tuple(names) == COLUMNS
    table = DOCS.read_text().partition("| column of `cells` |")[2].partition("\n\n")[0]
    firsts = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = [name for first in firsts for name in re.findall(r"`(\w+)`", first)]
    assert told == list(COLUMNS)


@pytest.mark.parametrize("table", ["environments", "packages", "runs"])
def test_the_other_tables_have_the_columns_that_the_docs_tell(table: str, by_hand: Rendered, judge: Judge) -> None:
    (line,) = re.findall(rf"^\| `{table}` \|.*\|(.*)\|$", DOCS.read_text(), re.MULTILINE)
    names = [json.loads(row)["column_name"] for row in asked(by_hand.state, judge, f"DESCRIBE {table}")]
    assert names == re.findall(r"`(\w+)`", line)


@pytest.mark.slow
def test_many_runs_can_be_asked_about_and_the_latest_is(two: Path, judge: Judge) -> None:
    first, second = Runs(two).ids()
    sql = "SELECT run, count(*) FILTER (mechanism = 'no-value') AS worse FROM cells GROUP BY ALL ORDER BY run"
    told = [json.loads(line) for line in asked(two, judge, sql, every=True)]
    assert [row["run"] for row in told] == [first, second]
    assert told[0]["worse"] == 0 < told[1]["worse"]
    assert [json.loads(line) for line in asked(two, judge, sql)] == told[1:]
    assert [json.loads(line) for line in query_runs(two, (first, second), sql, "json", judge, every=False)] == told


@pytest.mark.slow
def test_versions_sort_as_versions_and_can_be_compared(two: Path, judge: Judge) -> None:
    found = asked(two, judge, "SELECT DISTINCT minor, python FROM cells ORDER BY minor, python")
    minors = list(dict.fromkeys(json.loads(line)["minor"] for line in found))
    assert minors == sorted(minors, key=lambda minor: int(minor.split(".")[1]))
    assert "2.9" in minors
    range_of = "version_of(scrapy) >= version_of('2.9') AND version_of(minor) < version_of('2.13')"
    (line,) = asked(two, judge, f"SELECT count(DISTINCT minor) AS n FROM cells WHERE {range_of}")
    assert json.loads(line)["n"] == len([minor for minor in minors if 9 <= int(minor.split(".")[1]) < 13])


@pytest.mark.parametrize(
    ("sql", "cause"),
    [
        ("DELETE FROM cells", "is not one SELECT"),
        ("CREATE TABLE mine(a INTEGER)", "is not one SELECT"),
        ("DROP VIEW cells", "is not one SELECT"),
        ("SET enable_external_access = true", "is not one SELECT"),
        ("COPY (SELECT 1) TO '{file}'", "is not one SELECT"),
        ("ATTACH '{file}'", "is not one SELECT"),
        ("INSTALL httpfs", "is not one SELECT"),
        ("SELECT 1; SELECT 2", "is not one SELECT"),
        ("", "is not one SELECT"),
        ("SELECT * FROM read_text('{file}')", "disabled by configuration"),
        ("SELECT * FROM read_csv('{file}')", "disabled by configuration"),
        ("SELECT * FROM '{file}'", "disabled by configuration"),
        ("SELECT * FROM glob('{file}')", "disabled by configuration"),
        ("SELEC 1", "syntax error"),
        ("SELECT outcom FROM cells", "outcom"),
    ],
)
def test_what_is_no_question_about_cells_is_refused_in_one_line(
    sql: str, cause: str, by_hand: Rendered, judge: Judge, tmp_path: Path
) -> None:
    file = tmp_path / "planted.csv"
    file.write_text("secret\n1\n")
    with pytest.raises(ConfigurationError, match=cause) as caught:
        asked(by_hand.state, judge, sql.format(file=file))
    assert "\n" not in str(caught.value)
    assert file.read_text() == "secret\n1\n"


def test_what_cells_say_stays_in_its_line_in_every_shape(by_hand: Rendered, judge: Judge) -> None:
    sql = "SELECT cell, detail FROM cells WHERE outcome = 'crash'"
    head, _, *lines = asked(by_hand.state, judge, sql, "table")
    assert head.split() == ["cell", "detail"]
    assert len(lines) == OUTCOMES[Outcome.CRASH]
    assert all(line.isprintable() for line in lines)
    assert "<script>" in lines[0]
    rows = list(csv.DictReader(line + "\n" for line in asked(by_hand.state, judge, sql, "csv")))
    objects = [json.loads(line) for line in asked(by_hand.state, judge, sql, "json")]
    assert rows == objects
    assert objects[0]["detail"].startswith(NASTY[:20])


@pytest.mark.slow
def test_a_table_for_people_is_cut_with_a_mark_and_the_others_are_not(two: Path, judge: Judge) -> None:
    lines = asked(two, judge, "SELECT cell FROM cells", "table")
    assert lines[-1] == f"… {PLAN.count - SHOWN:,} more rows: --format csv or json prints all"
    assert len(lines) == SHOWN + 3
    assert len(asked(two, judge, "SELECT cell FROM cells", "csv")) == PLAN.count + 1


def test_what_json_has_no_word_for_is_a_number_or_a_text(by_hand: Rendered, judge: Judge) -> None:
    sql = "SELECT started, 1.5::DECIMAL(4, 2) AS half, [1, 2] AS list, NULL AS nothing FROM runs"
    (line,) = asked(by_hand.state, judge, sql)
    told = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", told.pop("started"))
    assert told == {"half": 1.5, "list": [1, 2], "nothing": None}


def test_without_duckdb_the_error_says_what_to_install(
    by_hand: Rendered, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'scrapy-compat-harness\[query\]'"):
        asked(by_hand.state, judge, "SELECT 1")


def test_the_docs_have_three_examples() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.slow
@pytest.mark.parametrize(("command", "shown"), EXAMPLES)
def test_the_examples_of_the_docs_give_the_columns_they_show(
    command: str, shown: str, two: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*shlex.split(command)[1:], "--state", str(two)])
    assert ended.value.code == 0
    head, line, *rows = capsys.readouterr().out.splitlines()
    expected, *_ = shown.splitlines()
    assert head.split() == expected.split()
    assert set(line) == {"─"}
    assert rows
