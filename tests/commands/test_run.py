"""`scrapy-compat run` as a user runs it: real command, real environments, and whatever can come between."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support import live
from tests.support.clusters import until
from tests.support.command_runs import (  # noqa: F401  (some are fixtures)
    CELLS,
    COMMAND,
    EPOLL,
    LANES,
    NEWER,
    ROOT,
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
from tests.support.left_behind import carrying

pytestmark = pytest.mark.index


def test_a_run_writes_reports_and_a_second_one_has_nothing_to_do(place: Path) -> None:  # noqa: F811
    first = scrapy_compat(place, "run", *SMALL, *LANES, "--out", "reports")
    assert first.returncode == 0, first.stderr
    assert "154 cells run" in first.stdout
    report = json.loads((place / "reports" / "matrix.json").read_text())
    assert report["run"]["complete"] is True
    assert len(report["cells"]) == 154
    markdown = (place / "reports" / "matrix.md").read_text()
    assert markdown.startswith("# Which way of awaiting a Deferred works where")
    second = scrapy_compat(place, "run", *SMALL, *LANES, "--out", "reports")
    assert second.returncode == 0
    assert "Nothing has changed" in second.stdout
    assert (place / "reports" / "matrix.md").read_text() == markdown


def test_a_narrowed_run_is_not_rendered_into_the_reports_of_whole_plans(known: Path) -> None:  # noqa: F811
    refused = scrapy_compat(known, "report")
    assert (refused.returncode, "--out" in refused.stderr) == (2, True), refused.stderr
    assert not (known / "reports").exists()
    assert scrapy_compat(known, "report", "--out", "other").returncode == 0


def test_a_wider_run_takes_over_what_a_narrower_one_knows(known: Path) -> None:  # noqa: F811
    wider = scrapy_compat(known, "run", *SMALL, *LANES)
    assert "77 cells run" in wider.stdout
    assert len(table(known)) == 154


def test_overlays_that_an_earlier_run_did_not_ask_for_are_not_forgotten(known: Path) -> None:  # noqa: F811
    done = scrapy_compat(known, "run", *SMALL, "--lane", "epoll,asyncio-uvloop")
    assert done.returncode == 0, done.stdout + done.stderr
    shown = scrapy_compat(
        known, "show", f"linux-py{live.HERE}-scrapy2.13.4-latest/asyncio-uvloop/callback_fired/direct"
    )
    assert "uvloop" in shown.stdout
    assert all(outcome != "not-run" for outcome, _, _ in table(known).values())


def test_small_runs_do_not_make_a_large_one_forgotten(known: Path) -> None:  # noqa: F811
    for helper in ("direct", "as_future", "copied_*"):
        scrapy_compat(known, "run", *EPOLL, "--scenario", "callback_fired", "--helper", helper)
    done = scrapy_compat(known, "run", *EPOLL)
    assert "Nothing has changed" in done.stdout


def test_every_cell_can_be_run_again_with_the_command_that_show_prints(known: Path) -> None:  # noqa: F811
    cell = f"linux-py{live.HERE}-scrapy2.13.4-latest/epoll/callback_pending/as_future"
    shown = scrapy_compat(known, "show", cell)
    assert shown.returncode == 0, shown.stderr
    assert "await-wasnt-used-with-future" in shown.stdout
    (command,) = [line.strip() for line in shown.stdout.splitlines() if line.strip().startswith("scrapy-compat run")]
    again = scrapy_compat(known, *command.replace("'", "").split()[1:])
    assert again.returncode == 0, again.stderr
    assert "1 cells run" in again.stdout
    # Both are known now, and show prefers the latest: the one that ran alone.
    latest = scrapy_compat(known, "show", cell).stdout
    assert "await-wasnt-used-with-future" in latest
    assert "alone:           yes" in latest


def test_kill_9_in_the_middle_loses_nothing_that_had_finished(place: Path) -> None:  # noqa: F811
    run = started(place, *SLOW, "--jobs", "1")
    wait_for_results(place)
    run.kill()
    run.communicate()
    finished = {cell: seen for cell, seen in table(place).items() if seen[0] != "not-run"}
    assert 0 < len(finished) < CELLS
    until(lambda: not carrying(str(place)), "cells went on")
    again = scrapy_compat(place, "run", *SLOW)
    assert again.returncode == 0, again.stderr
    assert f"{CELLS - len(finished)} cells run" in again.stdout
    final = table(place)
    assert len(final) == CELLS
    assert finished.items() <= final.items()
    assert all(outcome != "not-run" for outcome, _, _ in final.values())


@pytest.mark.posix("signals from another process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_so_and_goes_on_next_time(place: Path, number: signal.Signals) -> None:  # noqa: F811
    run = started(place, *SLOW, "--jobs", "1")
    wait_for_results(place)
    run.send_signal(number)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors
    assert "run the same command again" in errors
    assert "Traceback" not in errors
    assert carrying(str(place)) == []
    again = scrapy_compat(place, "run", *SLOW)
    assert again.returncode == 0
    assert f" {CELLS} cells run" not in f" {again.stdout}"
    assert len(table(place)) == CELLS


@pytest.mark.posix("limits of a process")
def test_a_full_disk_ends_the_run_with_a_clear_error_and_the_next_run_completes(place: Path) -> None:  # noqa: F811
    import resource  # noqa: PLC0415  (there is none on Windows)

    scrapy_compat(place, "run", *SMALL, "--lane", "epoll", "--scenario", "callback_fired", "--state", "elsewhere")

    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    command = [*COMMAND, "run", *SMALL, *LANES]
    full = subprocess.run(
        command, cwd=place, capture_output=True, text=True, preexec_fn=no_room, check=False, timeout=280
    )
    assert full.returncode == 5, full.stdout + full.stderr
    assert "Next: " in full.stderr
    assert "Traceback" not in full.stderr
    done = scrapy_compat(place, "run", *SMALL, *LANES)
    assert done.returncode == 0, done.stderr
    assert all(outcome != "not-run" for outcome, _, _ in table(place).values())


def test_a_store_cut_short_is_mended_and_the_run_completes(known: Path) -> None:  # noqa: F811
    (store,) = (known / ".scrapy-compat" / "runs").glob("*.sqlite")
    whole = store.read_bytes()
    store.write_bytes(whole[: len(whole) * 2 // 3])
    again = scrapy_compat(known, "run", *EPOLL)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "was damaged" in again.stdout
    assert len(table(known)) == 77
    assert all(outcome != "not-run" for outcome, _, _ in table(known).values())


def test_a_missing_interpreter_is_a_row_with_what_to_do_and_makes_the_run_incomplete(
    place: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (ROOT / "matrix.toml").read_text()
    ancient = text.replace("pythons = [\n", 'pythons = [\n  { key = "3.4", released = 2014-03-16 },\n')
    allowing = ancient.replace('requires-python = ">=3.5"', 'requires-python = ">=3.4"')
    (place / "matrix.toml").write_text(allowing)
    arguments = ["--plan", "full", "--python", "3.4", "--scrapy", "2.0.1", "--profile", "latest", "--lane", "epoll"]
    arguments += ["--out", "reports"]
    monkeypatch.delenv("CI", raising=False)
    run = scrapy_compat(place, "run", *arguments)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "  Python 3.4 (" in run.stdout
    assert {outcome for outcome, _, _ in table(place).values()} == {"missing-interpreter"}
    monkeypatch.setenv("CI", "true")
    assert scrapy_compat(place, "run", *arguments).returncode == 3
    assert "uv python install 3.4" in (place / "reports" / "matrix.md").read_text()
    # The same Python where the release does not allow it is excluded, which is not missing.
    (place / "matrix.toml").write_text(ancient)
    run = scrapy_compat(place, "run", *arguments)
    assert run.returncode == 0, run.stdout + run.stderr
    assert table(place) == {}
    assert "requires Python" in (place / "reports" / "matrix.md").read_text()


def test_without_network_what_is_there_is_used_and_the_rest_is_not_called_uninstallable(
    known: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    few = [*NEWER, "--lane", "epoll", "--scenario", "callback_fired"]
    assert scrapy_compat(known, "run", *few, "--fresh").returncode == 0
    monkeypatch.setenv("UV_CACHE_DIR", str(known / "empty"))
    # No other test asks for this release with this profile, so that nobody has made it.
    other = [{"2.13.4": "2.18.0", "latest": "era"}.get(part, part) for part in few]
    run = scrapy_compat(known, "run", *other)
    assert run.returncode == 3, run.stdout + run.stderr
    assert {outcome for outcome, _, _ in table(known).values()} == {"not-run"}


def test_reports_of_a_stored_run_are_written_again_without_running_a_cell(known: Path) -> None:  # noqa: F811
    for _ in range(2):
        written = scrapy_compat(known, "report", "--out", "reports")
        assert written.returncode == 0, written.stderr
        assert json.loads((known / "reports" / "matrix.json").read_text())["run"]["complete"] is True
        for name in ("matrix.json", "compat.json", "matrix.md", "index.html"):
            (known / "reports" / name).unlink()


def test_what_is_not_as_the_baseline_says_is_run_again_alone_and_has_an_exit_code_of_its_own(place: Path) -> None:  # noqa: F811
    arguments = [*NEWER, "--lane", "epoll", "--scenario", "callback_cancelled", "--helper", "as_future"]
    cell = f"linux-py{live.HERE}-scrapy2.13.4-latest/epoll/callback_cancelled/as_future"
    assert scrapy_compat(place, "run", *arguments).returncode == 0
    accepted = scrapy_compat(place, "baseline", "accept")
    assert accepted.returncode == 0, accepted.stderr
    baseline = place / "baseline" / "linux.toml"
    assert "await-wasnt-used-with-future" in baseline.read_text()
    assert "expected 1" in scrapy_compat(place, "run", *arguments).stdout
    baseline.write_text(baseline.read_text().replace("await-wasnt-used-with-future", "another"))
    # It is measured again each time.
    assert scrapy_compat(place, "run", *arguments).returncode == 4
    assert scrapy_compat(place, "run", *arguments, "--fail-on", "incomplete").returncode == 0
    assert scrapy_compat(place, "cells", "--verdict", "unexpected", "--format", "ids").stdout.strip() == cell
    again = scrapy_compat(place, "run", *arguments, "--fresh")
    assert again.returncode == 4, again.stderr
    assert "1 cells run" in again.stdout
    assert "alone:           yes" in scrapy_compat(place, "show", cell).stdout
    baseline.write_text(baseline.read_text().replace('"as_future"', '"as_future", "gone"'))
    shown = scrapy_compat(place, "baseline", "show")
    assert "there is no helper gone" in shown.stdout
    assert scrapy_compat(place, "claims").returncode == 0
