"""`plan --shards`, `run --shard` and `merge` as users run them: three machines, one report."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from harness.cli.main import scrapy_compat as group
from tests.support import live
from tests.support.command_runs import (  # noqa: F401  (some are fixtures)
    CELLS,
    LANES,
    SLOW,
    SMALL,
    epoll_run,
    known,
    place,
    scrapy_compat,
    started,
    table,
    wait_for_results,
)
from tests.support.commands import subcommands

pytestmark = pytest.mark.index

RELEASES = "2.13.4,2.14.2,2.16.0"
TINY = ["--plan", "full", "--python", live.HERE, "--scrapy", RELEASES, "--profile", "latest", *LANES]
TINY += ["--scenario", "callback_fired,callback_shared"]


def test_shards_of_three_machines_merged_are_the_run_of_one(place: Path) -> None:  # noqa: F811
    planned = scrapy_compat(place, "plan", *TINY, "--shards", "3", "--format", "github")
    assert planned.returncode == 0, planned.stderr
    name, _, text = planned.stdout.strip().partition("=")
    assert name == "matrix"
    for entry in json.loads(text)["include"]:
        options = ["--shards", "3", "--shard", entry["shard"], "--artifact", f"artifacts/{entry['artifact']}"]
        done = scrapy_compat(place, "run", *TINY, *options, "--state", f"machine-{entry['artifact']}")
        assert done.returncode == 0, done.stderr
        assert f"{entry['cells']} cells run" in done.stdout
    # What merges has neither environments nor a matrix of its own.
    merge = scrapy_compat(place, "merge", "artifacts", *TINY, "--shards", "3", "--state", "merged", "--out", "reports")
    assert merge.returncode == 0, merge.stdout + merge.stderr
    assert "3 artifacts" in merge.stdout
    assert scrapy_compat(place, "run", *TINY).returncode == 0
    assert table(place, "--state", "merged") == table(place)
    again = scrapy_compat(place, "merge", "artifacts", "--state", "merged", "--out", "reports")
    assert (again.returncode, "already" in again.stdout) == (0, True)
    for command in (["report", "--out", "again"], ["claims"], ["query", "SELECT count(*) FROM cells"], ["runs"]):
        done = scrapy_compat(place, *command, "--state", "merged")
        assert done.returncode == 0, (command, done.stderr)
    cell = next(iter(table(place)))
    shown = scrapy_compat(place, "show", cell, "--state", "merged").stdout
    (command_line,) = [line for line in shown.splitlines() if line.startswith("scrapy-compat run")]
    assert scrapy_compat(place, *command_line.split()[1:]).returncode == 0
    # A shard that did not deliver leaves what it owed missing.
    shutil.rmtree(place / "artifacts" / "shard-2-of-3")
    short = scrapy_compat(place, "merge", "artifacts", "--state", "merged", "--out", "reports")
    assert short.returncode == 3, short.stderr
    assert "Missing: shard 2/3 (linux) delivered no artifact" in short.stdout
    assert scrapy_compat(place, "merge", "artifacts", "--fail-on", "none", "--state", "merged").returncode == 0


def test_a_run_with_nothing_to_do_delivers_all_the_same(known: Path) -> None:  # noqa: F811
    options = [*SMALL, *LANES, "--artifact", "out"]
    done = scrapy_compat(known, "run", *options)
    assert (done.returncode, "77 cells run" in done.stdout) == (0, True), done.stderr
    (path,) = (known / "out").iterdir()
    first = path.read_bytes()
    assert path.name == "shard-1-of-1.jsonl.gz"
    path.unlink()
    again = scrapy_compat(known, "run", *options)
    assert "Nothing has changed" in again.stdout
    assert path.read_bytes() == first
    assert scrapy_compat(known, "merge", str(path), "--state", "merged", "--out", "reports").returncode == 0
    assert table(known, "--state", "merged") == table(known)


@pytest.mark.posix("signals from another process")
def test_an_interrupted_run_delivers_what_there_is(place: Path) -> None:  # noqa: F811
    run = started(place, *SLOW, "--jobs", "1", "--artifact", "out")
    wait_for_results(place)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors
    finished = {cell: seen for cell, seen in table(place).items() if seen[0] != "not-run"}
    merge = scrapy_compat(place, "merge", "out", "--state", "merged", "--out", "reports")
    assert merge.returncode == 3, merge.stderr
    found = table(place, "--state", "merged")
    assert finished.items() <= found.items()
    assert {seen[0] for cell, seen in found.items() if cell not in finished} == {"missing"}
    assert len(found) == CELLS


def test_a_shard_of_another_platform_is_refused(place: Path) -> None:  # noqa: F811
    options = ["--platform", "linux,windows", "--shards", "2", "--artifact", "out"]
    shards = scrapy_compat(place, "plan", *TINY, *options[:4], "--format", "json")
    foreign = next(each["shard"] for each in json.loads(shards.stdout)["shards"] if each["platform"] == "windows")
    done = scrapy_compat(place, "run", *TINY, *options, "--shard", foreign)
    assert done.returncode == 2
    assert "cannot be run on this machine" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--shard", "7/6"], ["7/6", "such as 3/6"]),
        (["run", "--shard", "1/6", "--shards", "5"], ["1/6", "says 5"]),
        (["run", "--shards", "5"], ["--shard"]),
        (["plan", "--format", "github"], ["--shards"]),
        (["plan", "--shards", "0"], ["0"]),
        (["merge"], ["DIR_OR_FILE"]),
        (["merge", "nowhere"], ["nowhere", "no such file"]),
        (["merge", ".", "--shards", "3"], ["--plan"]),
        (["merge", "."], ["nothing says what was expected"]),
        (["merge", ".", "--plan", "smoke", "--shards", "2", "--platform", "linux,windows,macos"], ["take 3 or more"]),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_one_line(place: Path, arguments: list[str], words: list[str]) -> None:  # noqa: F811
    done = scrapy_compat(place, *arguments)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert all(word in done.stderr for word in words), done.stderr


def test_plan_run_and_merge_take_the_same_options_for_what_is_split() -> None:
    options = {name: {each.name for each in subcommands(group)[name].params} for name in ("plan", "run", "merge")}
    for each in ("plan", "shards", "times", "platform", "python", "scenarios", "matrix"):
        assert all(each in names for names in options.values()), each
