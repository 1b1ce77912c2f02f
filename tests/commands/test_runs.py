"""Stored runs as a history, and the feed of what changed: from real stores, without running a cell."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser
import pytest

from harness.commands.cells import cell_lines
from harness.infra.errors import ConfigurationError
from harness.judge.claim_results import judge_cells
from harness.judge.verdict import Judge
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.plan.plan_records import Plan
from harness.render.html.page import render_page
from harness.render.run_summaries import listed_like, listed_runs, sum_up, write_feed_of
from harness.render.text.runs import runs_lines
from harness.render.view import ReportView
from harness.store.machine import machine_id
from harness.store.run_directory import Runs
from harness.workspace import Filters
from tests.support.stored_runs import JUDGE, PLAN, breaks_on_epoll, stored
from tests.support.synthetic import HOSTILE, make_results
from tests.support.views import ALL, BROKEN, only

ATOM = "{http://www.w3.org/2005/Atom}"


def written(state: Path, run_id: str) -> Path:
    runs = Runs(state)
    with runs.open(run_id) as store:
        meta = store.meta()
    return write_feed_of(runs, meta, JUDGE, state / "reports")


def test_the_history_tells_what_each_run_came_to_and_what_changed(tmp_path: Path) -> None:
    first, second = stored(tmp_path), stored(tmp_path, breaks_on_epoll)
    one, two = listed_runs(Runs(tmp_path))
    assert (one["id"], two["id"]) == (first, second)
    assert (one["machine"], one["day"], one["complete"]) == ("aaaaaaaaaaaa", one["started"][:10], True)
    assert one["changes"] is None
    broken = one["outcomes"]["pass"] - two["outcomes"]["pass"]
    assert broken > 0
    assert two["changes"] == {"regressed": broken}
    assert two["verdicts"] == {"expected": 0, "unexpected": 0, "unclaimed": two["cells"]}
    assert json.loads(json.dumps([one, two])) == [one, two]


@pytest.mark.slow
def test_the_page_shows_how_outcomes_moved_from_run_to_run(tmp_path: Path) -> None:
    stored(tmp_path, name="other")
    first, second = stored(tmp_path), stored(tmp_path, breaks_on_epoll)
    runs = Runs(tmp_path)
    with runs.open(second) as store:
        view = ReportView.of_store(store)
        past = listed_like(runs, view.run)
        page = render_page(view, None, past)
    assert [each["id"] for each in past] == [first, second]
    section = page.partition('<section id="history"')[2].partition("</section>")[0]
    assert section.index("this run") < section.index("no run before")
    regressed = past[0]["outcomes"]["pass"] - past[1]["outcomes"]["pass"]
    assert f"{regressed:,} regressed" in section
    for each in past:
        assert f"pass {each['outcomes']['pass']:,}" in section
    assert 'id="history"' not in render_page(view)


def test_cells_that_no_whole_run_has_are_looked_for_in_the_latest_run(tmp_path: Path) -> None:
    whole, narrowed = stored(tmp_path), stored(tmp_path, name="full, narrowed", plan=only(ALL, BROKEN))

    def last_line(**filters: list[str]) -> str:
        return list(cell_lines(tmp_path, None, Filters(**filters), "table"))[-1]

    assert last_line().endswith(f"of run {whole}")
    assert last_line(scrapy=["2.11"]).endswith(f"of run {narrowed}")
    with pytest.raises(ConfigurationError, match=r"--scrapy 2\.9"):
        last_line(scrapy=["2.9"])


def test_the_history_is_read_without_reading_a_cell(tmp_path: Path) -> None:
    stored(tmp_path)
    expected = listed_runs(Runs(tmp_path))
    with closing(sqlite3.connect(next((tmp_path / "runs").glob("*.sqlite")))) as db, db:
        db.execute("DROP TABLE cell")
    assert listed_runs(Runs(tmp_path)) == expected


@pytest.mark.parametrize("other", [{"name": "default"}, {"machine": "bbbbbbbbbbbb"}])
def test_only_runs_of_the_same_plan_and_machine_are_compared(tmp_path: Path, other: dict[str, str]) -> None:
    stored(tmp_path)
    stored(tmp_path, breaks_on_epoll, **other)  # type: ignore[arg-type]
    assert [run["changes"] for run in listed_runs(Runs(tmp_path))] == [None, None]


def test_narrowed_runs_are_compared_where_they_ask_for_the_same_cells(tmp_path: Path) -> None:
    fewer = Plan(name="x", environments=(replace(PLAN.environments[0], lanes=PLAN.environments[0].lanes[:4]),))
    stored(tmp_path, name="full, narrowed", plan=fewer)
    stored(tmp_path, name="full, narrowed")
    stored(tmp_path, breaks_on_epoll, name="full, narrowed", plan=fewer)
    changes = [run["changes"] for run in listed_runs(Runs(tmp_path))]
    assert changes[:2] == [None, None]
    assert list(changes[2] or ()) == ["regressed"]


def test_what_changed_stays_known_when_the_run_before_is_gone(tmp_path: Path) -> None:
    first = stored(tmp_path)
    second = stored(tmp_path, breaks_on_epoll)
    expected = listed_runs(Runs(tmp_path))[1]
    assert Runs(tmp_path).prune(keep=1) == [first]
    assert listed_runs(Runs(tmp_path)) == [expected]
    assert "now-broken" in written(tmp_path, second).read_text()


def test_judging_again_changes_the_verdicts_of_a_run_and_not_what_changed(tmp_path: Path) -> None:
    stored(tmp_path)
    run_id = stored(tmp_path, breaks_on_epoll)
    runs = Runs(tmp_path)
    with runs.open(run_id) as store:
        view = ReportView.of_store(store)
    judgement = judge_cells(Judge((), digest="other"), view.known)
    sum_up(runs, view, judgement)
    with runs.open(run_id) as store:
        summary = store.meta().summary
    assert summary is not None
    assert (summary.judged_by, summary.changes) == ("other", view.run.summary and view.run.summary.changes)


def test_the_feed_names_what_changed_and_every_reader_understands_it(tmp_path: Path) -> None:
    first, second = stored(tmp_path), stored(tmp_path, breaks_on_epoll)
    third = stored(tmp_path, breaks_on_epoll)
    stored(tmp_path, name="another plan")
    feed = feedparser.parse(written(tmp_path, third).read_bytes())
    assert not feed.bozo
    assert feed.version == "atom10"
    assert [entry.title.rpartition(": ")[2] for entry in feed.entries] == [
        "nothing changed", feed.entries[1].title.rpartition(": ")[2], "the first run"
    ]  # fmt: skip
    assert re.search(r"\d+ regressed$", feed.entries[1].title)
    assert "pass → fail/now-broken" in feed.entries[1].content[0].value
    assert [first in entry.content[0].value for entry in feed.entries] == [False, True, True]
    assert second in feed.entries[0].content[0].value
    assert len({entry.id for entry in feed.entries}) == 3
    assert feed.entries[0].updated_parsed is not None
    assert [tag.term for tag in feed.entries[0].tags] == ["full", "aaaaaaaaaaaa", third]


def test_the_feed_has_what_rfc_4287_requires_and_nothing_it_does_not_know(tmp_path: Path) -> None:
    stored(tmp_path)
    root = ET.fromstring(written(tmp_path, stored(tmp_path, breaks_on_epoll)).read_bytes())
    assert root.tag == f"{ATOM}feed"
    assert_one_each(root, "id", "title", "updated")
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    known = {"id", "title", "updated", "published", "category", "content", "author", "generator", "entry", "name"}
    assert {element.tag.removeprefix(ATOM) for element in root.iter()} == known | {"feed"}
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 2
    for entry in entries:
        assert_one_each(entry, "id", "title", "updated", "published", "content")
        assert entry.find(f"{ATOM}content").get("type") == "html"  # type: ignore[union-attr]
    for moment in [*root.iter(f"{ATOM}updated"), *root.iter(f"{ATOM}published")]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment.text or "")
    for name in root.iter(f"{ATOM}id"):
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", name.text or "")


def assert_one_each(element: ET.Element, *names: str) -> None:
    assert [len(element.findall(f"{ATOM}{name}")) for name in names] == [1] * len(names)


def test_entries_keep_their_ids_however_often_the_feed_is_written(tmp_path: Path) -> None:
    first = stored(tmp_path)
    before = feedparser.parse(written(tmp_path, first).read_bytes())
    after = feedparser.parse(written(tmp_path, stored(tmp_path)).read_bytes())
    assert after.feed.id == before.feed.id
    assert after.entries[1].id == before.entries[0].id


def test_runs_from_before_there_were_summaries_are_summed_up_when_the_feed_is_written(tmp_path: Path) -> None:
    stored(tmp_path, told=False)
    last = stored(tmp_path, breaks_on_epoll, told=False)
    assert [run["verdicts"] for run in listed_runs(Runs(tmp_path))] == [None, None]
    feed = feedparser.parse(written(tmp_path, last).read_bytes())
    assert "regressed" in feed.entries[0].title
    assert [run["changes"] is None for run in listed_runs(Runs(tmp_path))] == [True, False]


def test_nothing_that_a_cell_says_breaks_the_feed(tmp_path: Path) -> None:
    def hostile(result: CellResult) -> CellResult:
        if result.outcome != Outcome.PASS:
            return result
        return replace(result, outcome=Outcome.CRASH, mechanism=f"{HOSTILE}]]>\ufffe\0 </pre>", detail=HOSTILE)

    stored(tmp_path)
    path = written(tmp_path, stored(tmp_path, hostile))
    feed = feedparser.parse(path.read_bytes(), sanitize_html=False)
    assert not feed.bozo
    content = feed.entries[0].content[0].value
    assert "&lt;script&gt;" in content
    assert "<script" not in content
    assert content.count("</pre>") == 1
    assert path.read_text().replace("\n", "").isprintable()


def test_the_list_of_runs_says_what_could_not_be_read(tmp_path: Path) -> None:
    assert list(runs_lines(listed_runs(Runs(tmp_path)))) == [
        "no run is stored here: start one with `scrapy-compat run`"
    ]
    first, second = stored(tmp_path), stored(tmp_path, breaks_on_epoll)
    with Runs(tmp_path).create(plan="full", plan_hash="", plan_json="{}", host={}, command=()) as unfinished:
        unfinished.record_cells(list(make_results(PLAN))[:7])
    Runs(tmp_path).path(first).write_bytes(b"no database" * 4000)
    rows = [line.split() for line in runs_lines(listed_runs(Runs(tmp_path)))]
    assert [row[0] for row in rows[1:-1]] == [first, second, unfinished.id]
    assert "damaged" in rows[1]
    assert rows[2][2:5] == ["aaaaaaaaaaaa", "linux", "full"]
    assert "regressed" in rows[2]
    assert rows[3][5:8] == ["7", "unfinished", "?"]


def test_a_machine_keeps_its_id_which_says_nothing_of_it(tmp_path: Path) -> None:
    first = machine_id(tmp_path / "cache")
    assert re.fullmatch(r"[0-9a-f]{12}", first)
    assert machine_id(tmp_path / "cache") == first
    assert machine_id(tmp_path / "other") != first
    (tmp_path / "cache" / "machine-id").write_text("garbage")
    assert re.fullmatch(r"[0-9a-f]{12}", machine_id(tmp_path / "cache"))
