"""The parts of running on a cluster that need none: what is recorded of what is told, what is sent, who can do what."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from harness.executors.dask.bundles import LARGEST, bundle_of, name_of, unpacked
from harness.executors.dask.cluster import Cluster
from harness.executors.dask.messages import EnvironmentReady, Message, ResultsEvent, Task, TaskReport, offer, offered
from harness.executors.dask.placement import GRACE, OpenTasks
from harness.executors.dask.result_merger import ResultMerger
from harness.infra.errors import ConfigurationError
from harness.infra.resources import scenarios_dir
from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult, EnvironmentResult
from harness.plan.plan_records import Plan, PlannedEnvironment, PlannedLane
from harness.runner.coordinator import RunCoordinator
from harness.runner.fingerprints import Fingerprinter, FingerprintInputs
from harness.runner.progress import RunProgress
from harness.scenarios.catalogue import files_of
from harness.store.previous_runs import PreviousRuns
from harness.store.run_directory import Runs
from tests.support.environments import PLANNED

HELPERS = ("direct", "as_future", "ensure_awaitable")
LANES = ("epoll", "asyncio-default")
GRID = tuple((scenario, helper) for scenario in ("one", "two") for helper in HELPERS)
ENVIRONMENT = replace(
    PLANNED,
    lanes=tuple(
        PlannedLane(name=name, status=None, reason=None, overlays=(), cells=GRID) for name in LANES
    ),
)  # fmt: skip
BASIS = FingerprintInputs(
    kit="kit",
    scenarios={"one": "1" * 64, "two": "2" * 64},
    kinds={"one": "callback", "two": "callback"},
    lanes={name: {} for name in LANES},
    isolate=False,
)
PLAN = Plan(name="x", environments=(ENVIRONMENT,))


def made(fingerprint: str) -> EnvironmentReady:
    result = EnvironmentResult(
        id=ENVIRONMENT.id,
        platform="linux",
        python=ENVIRONMENT.python,
        scrapy="1.0",
        profile="latest",
        status=None,
        reason=None,
        fingerprint=fingerprint,
    )
    return EnvironmentReady(result=result, overlays=frozenset())


def results(there: EnvironmentReady, worker: str) -> list[CellResult]:
    """Every cell of the environment as one worker found it."""
    wanted = Fingerprinter(BASIS).wanted(there.result, ENVIRONMENT.lanes)
    return [
        CellResult(
            key=CellKey(*block, helper),
            outcome=Outcome.PASS,
            mechanism=None,
            detail=worker,
            close=None,
            facts=None,
            seconds=0.1,
            isolated=False,
            fingerprint=mark,
        )
        for block, (mark, _) in wanted.items()
        for helper in HELPERS
    ]


def batches(cells: Sequence[CellResult], cuts: Sequence[int]) -> list[ResultsEvent]:
    places = [0, *sorted(cuts), len(cells)]
    return [ResultsEvent(attested=None, results=tuple(cells[start:end])) for start, end in pairwise(places)]


class Replay:
    """Tells an execution what it was given, as a session on a cluster does."""

    def __init__(self, messages: Sequence[Message], report: TaskReport | None) -> None:
        self._messages = messages
        self._report = report
        self.whole: bool | None = None

    def run(self, environments: Sequence[PlannedEnvironment], execution: RunCoordinator) -> None:
        """Tell it."""
        recording = ResultMerger(environments[0], execution)
        execution.building(environments[0].id)
        for message in self._messages:
            recording.hear(message)
        if self._report is None:
            recording.flush()
        else:
            self.whole = recording.end(self._report)
        execution.done(environments[0].id)


def recorded(
    place: Path, messages: Sequence[Message], report: TaskReport | None
) -> tuple[dict[CellKey, str], bool | None]:
    """Who the recorded cells come from, and whether they are all that was wanted."""
    runs = Runs(place)
    replay = Replay(messages, report)
    execution = RunCoordinator(
        PLAN,
        executor=replay,
        basis=BASIS,
        open_store=lambda: runs.create(plan="x", plan_hash="x", plan_json="{}", host={}, command=()),
        earlier=None,
    )
    with RunProgress(Console(file=io.StringIO())) as progress:
        progress.begin(PLAN.runnable)
        execution.run(progress)
    store = execution.store
    assert store is not None
    with store:
        assert store.count() == execution.executed
        return {CellKey(*row[:4]): str(row.observation.detail) for row in store.rows()}, replay.whole


cuts = st.lists(st.integers(0, 12), max_size=4)


@settings(deadline=None, max_examples=40)  # each makes a file
@given(
    first=cuts,
    second=cuts,
    kept=st.integers(0, 12),
    order=st.permutations(range(12)),
    same=st.booleans(),
    data=st.data(),
)
def test_each_cell_is_recorded_once_and_all_of_a_block_from_one_environment(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[int],
    second: list[int],
    kept: int,
    order: list[int],
    *,
    same: bool,
    data: st.DataObject,
) -> None:
    lost, staying = made("a"), made("a" if same else "b")
    theirs = results(lost, "lost")
    begun = [lost, *batches([theirs[number] for number in order[:kept]], [cut for cut in first if cut <= kept])]
    told = batches(results(staying, "staying"), second)
    report = TaskReport(worker="w", made=staying, told=tuple(told))
    # What the second worker tells may be heard before the last words of the first.
    later: list[Message] = [staying, *told]
    mixed: list[Message] = [begun.pop(0)]
    while begun or later:
        source = data.draw(st.sampled_from([each for each in (begun, later) if each]))
        mixed.append(source.pop(0))
    found, whole = recorded(tmp_path_factory.mktemp("run"), mixed, report)
    assert whole is True
    assert len(found) == 12
    if not same:
        by_block: dict[tuple[str, ...], set[str]] = {}
        for key, worker in found.items():
            by_block.setdefault(key[:3], set()).add(worker)
        assert all(len(workers) == 1 for workers in by_block.values())


def test_what_was_told_of_an_environment_that_nobody_finishes_is_kept(tmp_path: Path) -> None:
    there = made("a")
    found, _ = recorded(tmp_path, [there, *batches(results(there, "lost")[:4], [])], None)
    assert len(found) == 4


def test_a_report_that_lacks_cells_says_so(tmp_path: Path) -> None:
    there = made("a")
    found, whole = recorded(
        tmp_path, [], TaskReport(worker="w", made=there, told=tuple(batches(results(there, "w")[:-1], [])))
    )
    assert (len(found), whole) == (11, False)


def test_what_earlier_runs_know_is_named_as_it_would_be_carried_over(tmp_path: Path) -> None:
    there = made("a")
    cells = results(there, "w")
    unsure = replace(cells[0], outcome=Outcome.NOT_RUN)
    with Runs(tmp_path).create(plan="x", plan_hash="x", plan_json="{}", host={}, command=()) as store:
        store.record_environment(there.result)
        store.record_cells([unsure, *cells[1:5]])
        store.finish(finished="2026-01-01T00:00:00Z", complete=True)
    earlier = PreviousRuns(Runs(tmp_path), PLAN)
    known = earlier.marks(ENVIRONMENT.id)
    assert known == {"a": {cells[0].fingerprint: frozenset(HELPERS[1:]), cells[3].fingerprint: frozenset(HELPERS[:2])}}
    assert earlier.marks("another") == {}
    with Runs(tmp_path).create(plan="y", plan_hash="y", plan_json="{}", host={}, command=()) as store:
        earlier.carry_into(store, there.result, Fingerprinter(BASIS).wanted(there.result, ENVIRONMENT.lanes))
        assert store.count() == sum(len(helpers) for helpers in known["a"].values())


def test_what_is_unexpected_is_measured_again_with_what_shares_its_lane_and_scenario(tmp_path: Path) -> None:
    there = made("a")
    cells = results(there, "w")
    wanted = Fingerprinter(BASIS).wanted(there.result, ENVIRONMENT.lanes)
    for day in ("1", "2"):
        with Runs(tmp_path).create(plan="x", plan_hash=PLAN.hash, plan_json="{}", host={}, command=()) as store:
            store.record_environment(there.result)
            # The first of the two runs had nothing unexpected.
            store.record_cells([replace(cells[0], mechanism=day), *cells[1:]])
            store.finish(finished=f"2026-01-0{day}T00:00:00Z", complete=True)
    expected = PreviousRuns(Runs(tmp_path), PLAN)
    assert expected.says_all(there.result, wanted)
    earlier = PreviousRuns(Runs(tmp_path), PLAN, is_unexpected=lambda row: row.observation.mechanism == "2")
    assert not earlier.says_all(there.result, wanted)
    shared = sum(cell.fingerprint == cells[0].fingerprint for cell in cells)
    assert cells[0].fingerprint not in earlier.marks(ENVIRONMENT.id)["a"]
    with Runs(tmp_path).create(plan="y", plan_hash="y", plan_json="{}", host={}, command=()) as store:
        earlier.carry_into(store, there.result, wanted)
        assert store.count() == len(cells) - shared
        assert cells[0].key not in store.keys(there.result.id)


def test_a_unit_has_the_same_name_in_every_process_whatever_is_known_by_then() -> None:
    task = Task(environment=ENVIRONMENT, known={})
    knowing = Task(environment=ENVIRONMENT, known={"a": {"b": frozenset({"direct"})}})
    assert task.key("run") == knowing.key("run") != task.key("another")
    assert task.key("run") != Task(environment=replace(ENVIRONMENT, scrapy="2.0"), known={}).key("run")
    code = "from tests.executors.test_dask_parts import *; print(Task(environment=ENVIRONMENT, known={}).key('run'))"
    for seed in ("1", "2"):
        environ = {**os.environ, "PYTHONHASHSEED": seed}
        told = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
        assert told.stdout.strip() == task.key("run")


def test_a_worker_with_other_code_offers_nothing() -> None:
    ours = offer("linux", "3.12")
    theirs = ours.replace(ours.split("/")[1], "0123456789abcdef")
    assert offered({ours: 4, "GPU": 1}) == ({("linux", "3.12")}, False)
    assert offered({theirs: 4}) == (frozenset(), True)


def test_scenarios_travel_as_they_are_and_are_known_by_their_content(tmp_path: Path) -> None:
    bundle = bundle_of(scenarios_dir())
    assert {"callback_pending.py", "kit/__main__.py"} <= bundle.keys()
    folder = unpacked(bundle, tmp_path)
    assert {name: path.read_bytes() for name, path in files_of(scenarios_dir()).items()} == {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }
    assert unpacked(bundle, tmp_path) == folder
    changed = {**bundle, "callback_pending.py": b"# something else"}
    assert name_of(changed) != name_of(bundle) == folder.name


@pytest.mark.parametrize("name", ["../out.py", "/etc/out.py", "a/../../out.py", "C:\\out.py", "..\\out.py"])
def test_nothing_is_written_outside_of_the_folder_that_was_sent(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="leads out"):
        unpacked({name: b""}, tmp_path / "place")
    assert not list(tmp_path.rglob("out.py"))


def test_a_folder_that_is_too_large_to_be_sent_is_named(tmp_path: Path) -> None:
    (tmp_path / "question.py").write_text((scenarios_dir() / "callback_fired.py").read_text())
    with (tmp_path / "data.bin").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(ConfigurationError, match="no more than 16"):
        bundle_of(tmp_path)


def test_what_nobody_can_do_waits_for_a_worker_as_long_as_other_work_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("harness.executors.dask.placement.time.monotonic", lambda: now[0])
    placing = OpenTasks()
    here = Task(environment=ENVIRONMENT, known={})
    elsewhere = Task(environment=replace(ENVIRONMENT, id="windows-x", platform="windows"), known={})
    execution = RunCoordinator(
        PLAN, executor=Replay([], None), basis=BASIS, open_store=Runs(tmp_path).create, earlier=None
    )
    placing.add(here, execution)
    placing.add(elsewhere, execution)
    offers = {("linux", ENVIRONMENT.python)}
    assert [work.task for work in placing.placeable(offers)] == [here]
    now[0] += 10 * GRACE
    assert placing.placeable(offers) == []
    assert list(placing.hopeless([])) == []
    work = placing.by_environment(here.environment.id)
    assert work is not None
    placing.done(work)
    ((hopeless, reason),) = placing.hopeless(["tcp://old"])
    assert hopeless.task is elsewhere
    assert f"no worker has Python {ENVIRONMENT.python} on windows" in reason
    assert "another version of the harness were left out: tcp://old" in reason
    # One that comes late is used.
    assert [each.task for each in placing.placeable({*offers, ("windows", ENVIRONMENT.python)})] == [elsewhere]
    assert list(placing.hopeless([])) == []


@pytest.mark.parametrize("address", ["lab:8786", "http://lab:8786", "tcp://lab", "tls://lab:8786"])
def test_an_address_that_is_none_or_lacks_certificates_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match=address):
        Cluster(address=address)


def test_without_dask_a_run_here_goes_on_and_one_on_a_cluster_says_what_to_install() -> None:
    code = "import sys; sys.modules['distributed'] = None; import harness.cli; harness.cli.main(sys.argv[1:])"
    asked = ["run", "--executor", "dask", "--scheduler", "tcp://127.0.0.1:1"]
    refused = subprocess.run([sys.executable, "-c", code, *asked], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "pip install 'scrapy-compat-harness[dask]'" in refused.stderr
    done = subprocess.run(
        [sys.executable, "-c", f"{code[: code.index('harness.cli.main')]}import harness.commands.run"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("asked", [["--executor", "dask"], ["--scheduler", "tcp://127.0.0.1:1"]])
def test_a_cluster_is_asked_for_in_both_words(asked: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness", "run", *asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, "--executor dask and --scheduler" in done.stderr) == (2, True), done.stderr
