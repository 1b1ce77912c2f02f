"""Cells in Windows Pythons under Wine: a real run, names of files, killing, the prefix, and a machine without Wine."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.environments.provider import ProvidedEnvironment
from harness.infra.errors import ExitCode
from harness.infra.process.supervisor import clean_environment, run, start
from harness.interpreters.downloads import PythonDownloads
from harness.interpreters.wine import prefix as prefixes
from harness.interpreters.wine.paths import windows_path
from harness.interpreters.wine.programs import WineMissingError, find_wine
from harness.model.outcome import Outcome
from harness.runner.runtimes import (
    PlatformRuntimes,
    lane_specs_of,
    platform_runtimes,
    pythons_of,
    stocks_of,
    toolchain_of,
)
from harness.runner.wire import EnvironmentReport
from harness.workspace import Filters, make_planned
from tests.support import live
from tests.support.commands import run as command
from tests.support.left_behind import MARK, carrying
from tests.support.windows_python import wine_program

pytestmark = [pytest.mark.posix("Wine"), pytest.mark.timeout(600)]

needs_wine = pytest.mark.wine
CHOSEN = {"python": ["3.13"], "scrapy": ["2.19"], "profile": ["latest"], "platform": ["wine"]}


@pytest.fixture(scope="module", name="place")
def place_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache that all tests here share."""
    wine_program("wine64")
    place = tmp_path_factory.mktemp("wine")
    yield place
    # Some hundred megabytes of Wine's own.
    shutil.rmtree(place / "wine", ignore_errors=True)


@pytest.fixture(scope="module", name="runtimes")
def rigs_fixture(place: Path) -> Iterator[PlatformRuntimes]:
    """What runs cells under Wine, with a Windows Python 3.13 from the package index."""
    planned = make_planned(None, (), "full", Filters(**CHOSEN, lane=["asyncio-default"]))
    lane_specs = lane_specs_of(planned.plan, planned.loaded.spec)
    wanted, downloads = pythons_of(planned.plan), PythonDownloads.REQUESTED
    with stocks_of(wanted, place, downloads=downloads, say=print) as stocks:
        made = platform_runtimes(planned.plan, lane_specs, stocks, place, refresh=False)
        assert not made.missing
        yield made


@pytest.fixture(scope="module", name="environment")
def environment_fixture(runtimes: PlatformRuntimes) -> ProvidedEnvironment:
    planned = make_planned(None, (), "full", Filters(**CHOSEN, lane=["asyncio-default"])).plan.environments[0]
    provided = runtimes.by_platform["wine"].provider.provide(planned)
    assert provided.result.status is None, provided.result.reason
    return provided


@needs_wine
@pytest.mark.index
def test_cells_run_in_a_windows_python_and_say_where(
    runtimes: PlatformRuntimes, environment: ProvidedEnvironment
) -> None:
    cells = [("callback_pending", "direct"), ("callback_pending", "copied_deferred_to_future")]
    batches = [live.batch_of(lane, cells) for lane in ("asyncio-default", "asyncio-proactor")]
    batches = [replace(each, lane=runtimes.by_platform["wine"].lane_specs[each.lane.name]) for each in batches]
    results, reports = live.run_cells(environment, batches, launcher=runtimes.by_platform["wine"].launcher, fork=False)
    outcomes = {(each.key.lane, each.key.helper): each.outcome for each in results}
    assert outcomes["asyncio-default", "direct"] is Outcome.FAIL
    assert outcomes["asyncio-default", "copied_deferred_to_future"] is Outcome.PASS
    assert outcomes["asyncio-proactor", "direct"] is Outcome.BROKEN
    facts = next(each.facts for each in results if each.outcome is Outcome.PASS)
    assert facts is not None
    assert facts.loop == "asyncio.windows_events._WindowsSelectorEventLoop"
    assert isinstance(reports[0], EnvironmentReport)
    assert "[MSC v." in reports[0].python_build
    assert environment.result.id.startswith("wine-")
    assert environment.result.versions["wine"] == find_wine().version
    assert environment.result.interpreter.endswith(f"under {find_wine().version}")


@needs_wine
@pytest.mark.index
def test_a_hang_there_is_proven_with_stacks(runtimes: PlatformRuntimes, environment: ProvidedEnvironment) -> None:
    batch = live.batch_of("asyncio-default", [("hangs", "maybe_deferred_to_future")])
    batch = replace(batch, lane=runtimes.by_platform["wine"].lane_specs["asyncio-default"])
    wine = runtimes.by_platform["wine"].launcher
    ((result,), _) = live.run_cells(environment, [batch], scenarios=[live.SICK], launcher=wine, fork=False)
    assert (result.outcome, result.mechanism) == (Outcome.HANG, "never-resumed")
    assert result.evidence is not None
    assert "Thread MainThread" in result.evidence.stacks
    assert "hangs.py" in result.evidence.stacks


@needs_wine
@pytest.mark.index
def test_killing_takes_what_was_started_there_as_well(
    runtimes: PlatformRuntimes, environment: ProvidedEnvironment, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    child = f"import time; open({windows_path(told)!r}, 'w').close(); time.sleep(600)"
    script = f"""
import subprocess, sys, time
child = {child!r}
subprocess.Popen([sys.executable, "-c", child])
time.sleep(600)
"""
    wine = runtimes.by_platform["wine"].launcher
    token = str(tmp_path)
    env = clean_environment({**wine.environment, MARK: token})
    with start([*wine.command, str(environment.python), "-c", script], env=env) as running:
        while not told.exists():
            assert running.wait(0.05) is None, running.output()
        assert len(carrying(token)) == 2
        running.kill_tree()
        assert carrying(token) == []


@needs_wine
@pytest.mark.index
def test_a_file_has_the_name_that_wine_gives_it(runtimes: PlatformRuntimes, tmp_path: Path) -> None:
    wine = runtimes.by_platform["wine"].launcher
    places = [tmp_path, tmp_path / "with a blank", tmp_path / "ümlaut.txt", Path("/usr/bin/env")]
    for place in places:
        done = run([*wine.command, "winepath", "-w", str(place)], env=clean_environment(wine.environment), deadline=60,
                   sweep=False)  # fmt: skip
        assert done.stdout.strip() == windows_path(place)


@needs_wine
def test_a_half_made_prefix_is_made_anew_and_nothing_of_wine_stays(place: Path, tmp_path: Path) -> None:
    prefix = prefixes.prefix_of(tmp_path, find_wine())
    prefix.mkdir(parents=True)
    (prefix / "system.reg").touch()
    leftover = prefix / "leftover"
    leftover.touch()
    with toolchain_of("wine", tmp_path) as toolchain:
        assert not leftover.exists()
        assert (prefix / "drive_c" / "windows" / "system32" / "kernel32.dll").exists()
        made = (prefix.parent / "complete").stat().st_mtime_ns
        with toolchain_of("wine", tmp_path):
            pass
        # The other session has not taken this one's server away.
        env = clean_environment(toolchain.launcher.environment)
        done = run([*toolchain.launcher.command, "cmd", "/c", "echo", "there"], env=env, deadline=60, sweep=False)
        assert done.stdout.strip() == "there"
    assert (prefix.parent / "complete").stat().st_mtime_ns == made
    assert carrying(str(prefix), "WINEPREFIX") == []
    shutil.rmtree(prefix)


def test_a_machine_without_wine_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.interpreters.wine.programs.PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WineMissingError) as caught, toolchain_of("wine", tmp_path):
        pass
    assert str(caught.value) == (
        "--platform wine: there is no Wine on this machine. Next: install it: apt-get install "
        "--no-install-recommends wine wine64"
    )
    assert caught.value.exit_code == ExitCode.CONFIGURATION


@needs_wine
def test_what_is_missing_names_the_command_that_fetches_it(place: Path, tmp_path: Path) -> None:
    program = tmp_path / "python.exe"
    program.write_bytes(b"MZ")
    done = command(tmp_path, "pythons", "--platform", "wine", "--json", SCRAPY_COMPAT_CACHE=str(place),
                   SCRAPY_COMPAT_PYTHONS=os.pathsep.join([str(program)]))  # fmt: skip
    assert done.returncode == ExitCode.INCOMPLETE
    told = json.loads(done.stdout)
    assert "scrapy-compat pythons install --platform wine --python 3.8" in told["missing"]["3.8"]
    assert str(program) in told["broken"]
