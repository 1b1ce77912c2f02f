"""The store with real files: killed writers, full disks, damaged files, runs taken over."""

from __future__ import annotations

import json
import random
import re
import shutil
import sqlite3
import sys
import threading
import zlib
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.infra.errors import ExitCode, StorageError
from harness.infra.process.supervisor import Completed, clean_environment, run
from harness.model.ids import CellKey
from harness.model.outcome import Close, Outcome
from harness.model.result import CellResult, EnvironmentResult, Evidence, Facts, OverlayResult
from harness.model.run_inputs import RunInputs
from harness.store.previous_runs import PreviousRuns
from harness.store.run_directory import Runs
from harness.store.run_store import RunStore
from harness.store.seals import damage, seal_path
from tests.support.synthetic import make_environments, make_plan, make_results

ROOT = Path(__file__).parents[2]
posix = pytest.mark.posix("signals and limits of a process")

KEY = CellKey("linux-py3.12-scrapy2.13.4-era", "asyncio-uvloop", "callback_pending", "deferred_to_future")
PASSED = CellResult(
    key=KEY, outcome=Outcome.PASS, mechanism=None, detail=None, close=Close.CLEAN,
    facts=Facts(reactor="r.R", loop="l.L", policy=None), seconds=0.25, isolated=False, fingerprint="f1",
)  # fmt: skip
FAILED = replace(
    PASSED, key=KEY._replace(helper="direct"), outcome=Outcome.FAIL, mechanism="task-got-bad-yield",
    detail="Task got bad yield", evidence=Evidence(exception="Traceback", stdout="out\udcff"),
)  # fmt: skip


def new_run(runs: Runs, plan_hash: str = "h") -> RunStore:
    return runs.create(plan="full", plan_hash=plan_hash, plan_json="{}", host={"cpu": "two"}, command=("run",))


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_what_is_recorded_is_read_back_whole(runs: Runs) -> None:
    with new_run(runs) as store:
        store.record_cells([PASSED, FAILED])
        for expected in (PASSED, FAILED):
            assert store.cell(expected.key) == replace(expected, origin=store.id)
        assert store.cell(KEY._replace(lane="epoll")) is None
        assert store.keys() == store.keys(KEY.environment) == {PASSED.key, FAILED.key}
        assert store.keys("another") == set()


INPUTS = RunInputs(
    kit="k", scenarios={"callback_pending": "s"}, lanes={"epoll": "l"}, isolate=True, deadline=3.5, runner="r"
)


def test_a_run_says_what_its_cells_depended_on_and_one_from_before_that_was_recorded_still_opens(runs: Runs) -> None:
    with runs.create(plan="full", plan_hash="h", plan_json="{}", host={}, command=(), inputs=INPUTS) as store:
        assert store.meta().inputs == INPUTS
    with closing(sqlite3.connect(store.path)) as db, db:
        db.execute("DELETE FROM run WHERE key = 'inputs'")
    seal_path(store.path).unlink(missing_ok=True)
    with runs.open(store.id) as old:
        assert old.meta().inputs is None


results = st.builds(
    CellResult,
    key=st.just(KEY),
    outcome=st.sampled_from(Outcome),
    mechanism=st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    detail=st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    close=st.none() | st.sampled_from(Close),
    facts=st.none() | st.builds(Facts, reactor=st.none() | st.just("r.R"), loop=st.none(), policy=st.none()),
    seconds=st.none() | st.integers(0, 10**9).map(lambda microseconds: microseconds / 1e6),
    isolated=st.booleans(),
    fingerprint=st.text("0123456789abcdef"),
    evidence=st.none() | st.builds(Evidence, exception=st.text(min_size=1), stderr=st.text()),
)


@settings(max_examples=40, deadline=None)
@given(results)
def test_any_result_survives_the_store(result: CellResult) -> None:
    with TemporaryDirectory() as directory, new_run(Runs(Path(directory))) as store:
        store.record_cells([result])
        assert store.cell(KEY) == replace(result, origin=store.id)
        (row,) = store.rows()
        assert (row.observation.outcome, row.observation.detail) == (result.outcome, result.detail)


def test_bytes_that_are_no_text_are_written_out(runs: Runs) -> None:
    with new_run(runs) as store:
        store.record_cells([replace(PASSED, detail="bad \udcff byte")])
        assert store.rows()[0].observation.detail == "bad \\udcff byte"


lock_texts = st.lists(st.sampled_from(["a==1 \\\n", "    --hash=x\n", "\n", "# c\r\n", "b==2"])).map("".join)


@settings(max_examples=40, deadline=None)
@given(lock_texts, lock_texts)
def test_any_environment_survives_the_store(lock: str, other: str) -> None:
    overlay = OverlayResult(name="uvloop", status=Outcome.UNINSTALLABLE, reason="no wheel", lock=other, fingerprint="o")
    environment = EnvironmentResult(
        id="e", platform="linux", python="3.12", scrapy="2.13.4", profile="era", status=None, reason=None,
        detail="a\nb", fingerprint="f", interpreter="CPython", versions={"twisted": "1"}, lock=lock,
        overlays=(overlay,),
    )  # fmt: skip
    with TemporaryDirectory() as directory, new_run(Runs(Path(directory))) as store:
        store.record_environment(environment)
        assert store.environments() == {"e": environment}


def test_results_are_never_rewritten(runs: Runs) -> None:
    (environment,) = make_environments(make_plan(1))
    with new_run(runs) as store:
        store.record_cells([PASSED])
        store.record_environment(environment)
        store.record_environment(environment)
        with pytest.raises(StorageError, match=re.escape(KEY.id) + ".*never rewritten"):
            store.record_cells([FAILED, replace(PASSED, outcome=Outcome.FAIL)])
        assert store.keys() == {KEY}, "a batch is recorded whole or not at all"
        with pytest.raises(StorageError, match="another fingerprint"):
            store.record_cells([replace(FAILED, fingerprint="f2")])
        with pytest.raises(StorageError, match="environment"):
            store.record_environment(replace(environment, reason="another"))
        store.record_cells([FAILED])
        assert store.count() == 2


def test_threads_may_record_at_the_same_time(runs: Runs) -> None:
    many = list(make_results(make_plan(1), healthy=True))
    with new_run(runs) as store:
        threads = [threading.Thread(target=store.record_cells, args=(many[start::4],)) for start in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.keys() == {result.key for result in many}


def test_meta_data_are_kept_and_finished(runs: Runs) -> None:
    with new_run(runs) as store:
        assert (store.meta().finished, store.meta().complete) == (None, False)
        store.finish(finished="2026-11-23T03:00:00Z", complete=True)
        meta = store.meta()
    assert (meta.finished, meta.complete, meta.host, meta.command) == (
        "2026-11-23T03:00:00Z", True, {"cpu": "two"}, ("run",)
    )  # fmt: skip
    assert not list(runs.directory.glob("*-wal")), "a closed run is one file"


def test_runs_are_ordered_by_time_whatever_the_clock_says(runs: Runs) -> None:
    ids = []
    for _ in range(5):
        with new_run(runs) as store:
            ids.append(store.id)
    assert ids == sorted(ids) == runs.ids()
    assert all(re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{6}", run_id) for run_id in ids)
    future = runs.path("29991231T235959Z-000001")
    runs.path(ids[0]).rename(future)
    with new_run(runs) as store:
        assert store.id == "29991231T235959Z-000002"


def test_pruning_keeps_the_latest_runs(runs: Runs) -> None:
    ids = []
    for _ in range(4):
        with new_run(runs) as store:
            ids.append(store.id)
    assert runs.prune(keep=3) == ids[:1]
    assert runs.ids() == ids[1:]
    assert runs.prune(keep=0) == ids[1:]
    assert not list(runs.directory.iterdir())


def finished(runs: Runs, plan: str, machine: str, *, complete: bool = True) -> str:
    with runs.create(plan=plan, plan_hash="h", plan_json="{}", host={"id": machine}, command=()) as store:
        store.finish(finished="2026-11-23T00:00:00Z", complete=complete)
        return store.id


def test_pruning_never_takes_the_last_complete_run_of_a_plan_and_machine(runs: Runs) -> None:
    first, full, elsewhere, default, torn = (
        finished(runs, "full", "a"), finished(runs, "full", "a"), finished(runs, "full", "b"),
        finished(runs, "default", "a"), finished(runs, "full", "a", complete=False),
    )  # fmt: skip
    assert runs.prune(keep=1) == [first]
    assert runs.prune(keep=0) == [torn]
    assert runs.ids() == [full, elsewhere, default]


def test_pruning_by_age_takes_what_is_older_and_not_what_is_newer(runs: Runs) -> None:
    old = runs.directory / "20200101T000000Z-000001.sqlite"
    recent = new_run(runs)
    recent.close()
    shutil.copyfile(recent.path, old)
    assert runs.prune(keep=10) == []
    assert runs.prune(keep=10, older_than=86_400.0) == [old.stem]
    assert runs.ids() == [recent.id]


def test_a_file_from_before_there_were_summaries_and_machines_is_read(runs: Runs) -> None:
    with new_run(runs) as store:
        assert (store.meta().machine, store.meta().summary) == ("", None)
        store.record_cells([PASSED, FAILED])
    (told,) = runs.stored()
    assert (told.outcomes, told.problem) == ({"fail": 1, "pass": 1}, None)


def test_what_a_later_version_says_of_a_run_is_left_out(runs: Runs) -> None:
    with new_run(runs) as store:
        pass
    with closing(sqlite3.connect(store.path)) as db, db:
        db.execute("INSERT INTO run VALUES ('weather', 'fair')")
    with runs.open(store.id) as store:
        assert store.meta().plan == "full"


def test_a_run_that_cannot_be_read_is_listed_with_the_reason(runs: Runs) -> None:
    with new_run(runs) as store:
        pass
    store.path.write_bytes(b"no database" * 4000)
    (told,) = runs.stored()
    assert told.meta is None
    assert "damaged" in str(told.problem)


def test_nothing_that_is_stored_holds_a_credential(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_TOKEN", "tok-12345678")
    secret = "see https://me:sesame@example.org and tok-12345678"
    environment = replace(
        next(iter(make_environments(make_plan(1)))), reason=secret, detail=secret, interpreter=secret, lock=secret,
        versions={"a": secret}, overlays=(OverlayResult(name=f"a @ {secret}", status=None, reason=secret, lock=secret,
                                                        fingerprint=""),),
    )  # fmt: skip
    cell = replace(
        FAILED, mechanism=f"no-module-{secret}", detail=secret, facts=Facts(reactor=secret, loop=secret, policy=secret),
        evidence=Evidence(exception=secret, stacks=secret, stdout=secret, stderr=secret),
    )  # fmt: skip
    with runs.create(
        plan="full", plan_hash="h", plan_json=json.dumps({"a": secret}), host={"b": secret}, command=("run", secret)
    ) as store:
        store.record_environment(environment)
        store.record_environment(environment)  # the same again is no contradiction
        store.record_cells([cell])
        said = repr((store.meta(), store.environments(), store.cell(cell.key), store.rows()))
    assert "***" in said
    assert "sesame" not in said
    assert "tok-1234" not in said


def test_a_run_that_does_not_exist_is_named_with_those_that_do(runs: Runs) -> None:
    store = new_run(runs)
    with pytest.raises(StorageError, match=store.id):
        runs.open("20200101T000000Z-000000")


def test_unchanged_cells_are_taken_over_with_their_evidence_and_origin(runs: Runs) -> None:
    shared = replace(FAILED, key=KEY._replace(scenario="callback_shared"), fingerprint="old")
    unmeasured = replace(PASSED, key=KEY._replace(helper="as_future"), outcome=Outcome.NOT_RUN)
    with new_run(runs) as first, new_run(runs) as second, new_run(runs) as third:
        first.record_cells([PASSED, FAILED, shared, unmeasured])
        second.record_cells([replace(PASSED, key=KEY._replace(environment="another"))])
        wanted = {KEY[:3]: "f1", shared.key[:3]: "new", ("gone", "gone", "gone"): "f1"}
        assert second.carry_over(first.path, wanted) == 2
        assert second.carry_over(first.path, wanted) == 0
        found = second.cell(FAILED.key)
        assert found is not None
        assert found == replace(FAILED, origin=first.id)
        second.record_cells([replace(shared, fingerprint="new"), replace(unmeasured, outcome=Outcome.PASS)])
        assert third.carry_over(second.path, wanted) == 4
        origins = {row.helper: row.origin for row in third.rows() if row.scenario == KEY.scenario}
        assert origins == {
            "deferred_to_future": first.id, "direct": first.id, "as_future": second.id
        }  # fmt: skip


def test_results_of_a_half_measured_scenario_are_completed_not_replaced(runs: Runs) -> None:
    slower = replace(PASSED, seconds=9.0)
    with new_run(runs) as first, new_run(runs) as second:
        first.record_cells([PASSED, FAILED])
        second.record_cells([slower])
        assert second.carry_over(first.path, {KEY[:3]: "f1"}) == 1
        assert second.cell(KEY) == replace(slower, origin=second.id)


WRITER = """
import resource, signal, sys
from pathlib import Path
from harness.infra.errors import StorageError
from harness.store.run_directory import Runs
from tests.support.synthetic import make_plan, make_results

store = Runs(Path(sys.argv[1])).open(sys.argv[2])
results = list(make_results(make_plan(5_000), healthy=True, adversarial=True))
seconds, limit = float(sys.argv[3]), int(sys.argv[4])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
if seconds:
    signal.setitimer(signal.ITIMER_REAL, seconds)  # SIGALRM kills wherever the process is
try:
    for start in range(0, len(results), 11):
        store.record_cells(results[start : start + 11])
        print("recorded", flush=True)
except StorageError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


def write(runs: Runs, run_id: str, *, seconds: float = 0, limit: int = 0, state: Path | None = None) -> Completed:
    """Records thousands of cells in a process of its own, which may be killed or stopped by a limit on file sizes."""
    arguments = [str(state or runs.directory.parent), run_id, str(seconds), str(limit)]
    return run([sys.executable, "-c", WRITER, *arguments], deadline=120, cwd=ROOT, env=clean_environment())


@pytest.mark.slow
@posix
def test_a_writer_that_is_killed_loses_only_what_was_in_flight(runs: Runs) -> None:
    chance = random.Random(7)
    killed = 0
    for _ in range(6):
        store = new_run(runs)
        store.close()
        ended = write(runs, store.id, seconds=chance.uniform(0.005, 0.3))
        killed += ended.signal == "SIGALRM"
        told = ended.stdout.count("recorded")
        with runs.open(store.id) as found:
            assert found.count() in (told * 11, (told + 1) * 11), "transactions are whole"
            found.record_cells([PASSED])
        assert runs.rescue(store.id) is None, "nothing is damaged"
    assert killed


@posix
def test_a_full_disk_is_an_error_that_leaves_the_store_whole(runs: Runs) -> None:
    store = new_run(runs)
    store.close()
    ended = write(runs, store.id, limit=1_000_000)
    assert ended.returncode == ExitCode.STORAGE, ended.stderr
    assert f"{store.id}.sqlite" in ended.stderr
    assert "run the same command again" in ended.stderr
    told = ended.stdout.count("recorded")
    assert told > 0
    with runs.open(store.id) as found:
        assert found.count() == told * 11
        found.record_cells([PASSED])
    assert runs.rescue(store.id) is None


@posix
@pytest.mark.mount
def test_a_file_system_that_is_really_full_is_called_full(tiny_disk: Path) -> None:
    runs = Runs(tiny_disk)
    store = new_run(runs)
    store.close()
    ended = write(runs, store.id)
    assert ended.returncode == ExitCode.STORAGE
    assert "the disk is full. Next: free some space" in ended.stderr
    with runs.open(store.id) as found:
        assert found.count() == ended.stdout.count("recorded") * 11 > 0
    with pytest.raises(StorageError, match="full"), ExitStack() as stack:
        [stack.enter_context(new_run(runs)) for _ in range(100)]


def full_run(runs: Runs, *, adversarial: bool = True) -> tuple[str, bytes, dict[CellKey, CellResult]]:
    """Id and file of a finished run, and what it holds."""
    plan = make_plan(3_000 if adversarial else 6_000)
    expected = {result.key: result for result in make_results(plan, healthy=True, adversarial=adversarial)}
    with new_run(runs) as store:
        for environment in make_environments(plan, healthy=True):
            store.record_environment(environment)
        whole = list(expected.values())
        for start in range(0, len(whole), 77):
            store.record_cells(whole[start : start + 77])
        store.finish(finished="now", complete=True)
    return store.id, store.path.read_bytes(), expected


@pytest.mark.slow
def test_a_store_cut_short_keeps_what_can_be_read_and_the_next_run_completes(runs: Runs) -> None:
    run_id, whole, expected = full_run(runs, adversarial=False)
    chance = random.Random(3)
    for share in (0.999, 0.9, 0.5, 0.1, *(chance.random() for _ in range(2)), 0.0):
        runs.path(run_id).write_bytes(whole[: int(len(whole) * share)])
        told = runs.rescue(run_id)
        assert told is not None
        assert "cells could be read and are kept" in told
        with runs.open(run_id) as rescued:
            kept = rescued.keys()
            assert not rescued.meta().complete
            if share > 0.85:  # a shorter one may have lost what all its rows need
                assert len(kept) >= len(expected) * 0.5, "most of what was left is kept"
            with new_run(runs, str(share)) as following:
                wanted = {key[:3]: result.fingerprint for key, result in expected.items()}
                assert following.carry_over(rescued.path, wanted) == len(kept)
                following.record_cells([result for key, result in expected.items() if key not in kept])
                for key in list(expected)[::50]:
                    found = following.cell(key)
                    assert found is not None
                    assert replace(found, origin=None) == expected[key]


@pytest.mark.slow
def test_a_corrupt_header_loses_no_cell(runs: Runs) -> None:
    run_id, whole, expected = full_run(runs)
    for wrong in (b"x" * 100, bytes(4096)):
        runs.path(run_id).write_bytes(wrong + whole[len(wrong) :])
        runs.rescue(run_id)
        with runs.open(run_id) as rescued:
            assert rescued.keys() == set(expected)
            assert rescued.meta().plan_hash == "h"
            assert len(rescued.environments()) == 4


@pytest.mark.slow
def test_garbage_in_the_middle_costs_only_what_it_covers(runs: Runs) -> None:
    run_id, whole, expected = full_run(runs)
    chance = random.Random(5)
    for _ in range(3):
        page = chance.randrange(1, len(whole) // 4096)
        garbage = chance.randbytes(4096)
        runs.path(run_id).write_bytes(whole[: page * 4096] + garbage + whole[(page + 1) * 4096 :])
        runs.rescue(run_id)
        with runs.open(run_id) as rescued:
            kept = rescued.rows()
            assert {CellKey(*row[:4]) for row in kept} <= set(expected)
            for row in kept:
                assert row.observation.outcome == expected[CellKey(*row[:4])].outcome


def test_a_damaged_run_is_not_taken_over_in_silence(runs: Runs) -> None:
    run_id, whole, _ = full_run(runs)
    runs.path(run_id).write_bytes(whole[: len(whole) // 2])
    with new_run(runs) as store:
        with pytest.raises(StorageError, match=run_id):
            store.carry_over(runs.path(run_id), {})
        with pytest.raises(StorageError, match="no such run"):
            store.carry_over(runs.path("gone"), {})
        store.record_cells([PASSED])


def test_a_file_of_another_schema_is_refused(runs: Runs) -> None:
    with new_run(runs) as store:
        path = store.path
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE run SET value = 99 WHERE key = 'schema_version'")
    with pytest.raises(StorageError, match="schema version"):
        RunStore(path)


def test_what_a_run_that_cannot_be_read_knew_is_measured_again(runs: Runs) -> None:
    plan = make_plan(100)
    environment = make_environments(plan, healthy=True)[0]
    with new_run(runs, plan.hash) as store:
        store.record_environment(environment)
        store.finish(finished="later", complete=True)
    earlier = PreviousRuns(runs, plan)
    assert earlier.same_id == store.id
    assert earlier.marks(environment.id)
    with closing(sqlite3.connect(store.path)) as db, db:
        db.execute("UPDATE run SET value = 99 WHERE key = 'schema_version'")
    earlier = PreviousRuns(Runs(runs.directory), plan)
    assert earlier.same_id is None
    assert earlier.marks(environment.id) == {}


def test_a_run_that_is_being_written_is_read_as_it_is_at_one_moment(runs: Runs) -> None:
    with new_run(runs) as writer, runs.open(writer.id) as reader:
        writer.record_cells([PASSED])

        def write(statement: str) -> None:
            if "FROM cell" in statement:
                reader._db.set_trace_callback(None)
                writer.record_cells([replace(PASSED, key=KEY._replace(lane="epoll"))])

        reader._db.set_trace_callback(write)
        assert [row[1] for row in reader.rows()] == [KEY.lane]
        assert [row[1] for row in reader.rows()] == [KEY.lane, "epoll"]


def test_two_processes_cannot_write_one_run_at_once(runs: Runs) -> None:
    with new_run(runs) as store, closing(sqlite3.connect(store.path)) as other:
        store._db.execute("PRAGMA busy_timeout = 10")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="another process is writing it"):
            store.record_cells([PASSED])
        other.execute("ROLLBACK")
        store.record_cells([PASSED])


def bytes_of(path: Path, kind: str) -> bytes:
    """How the first document of a kind is stored."""
    marks = {"environment": "fingerprint", "lock": "==", "evidence": "stdout"}
    with closing(sqlite3.connect(path)) as db:
        bodies = [bytes(body) for (body,) in db.execute("SELECT body FROM document")]
    return next(body for body in bodies if marks[kind] in json.loads(zlib.decompress(body)))


@pytest.mark.parametrize("kind", ["environment", "lock", "evidence"])
def test_one_flipped_bit_in_a_document_ends_one_command_and_costs_only_what_it_covers(runs: Runs, kind: str) -> None:
    environment = replace(make_environments(make_plan(300), healthy=True)[0], lock="a==1\nb==2\n")
    with new_run(runs) as store:
        store.record_environment(environment)
        store.record_cells([PASSED, FAILED])
        store.finish(finished="now", complete=True)
    body, whole = bytes_of(store.path, kind), bytearray(store.path.read_bytes())
    whole[whole.index(body) + len(body) // 2] ^= 1
    store.path.write_bytes(whole)
    with pytest.raises(StorageError, match=r"was damaged \(document .*Next: run the same command again"):
        runs.open(store.id)
    with Runs(runs.directory.parent).open(store.id) as mended:
        assert mended.keys() == ({PASSED.key} if kind == "evidence" else {PASSED.key, FAILED.key})
        assert set(mended.environments()) == ({environment.id} if kind == "evidence" else set())
        assert not mended.meta().complete
    assert runs.rescue(store.id) is None


@pytest.mark.slow
def test_whichever_bit_of_a_run_is_flipped_nothing_false_is_read(runs: Runs) -> None:
    run_id, whole, expected = full_run(runs)
    digest = seal_path(runs.path(run_id)).read_bytes()
    chance = random.Random(11)
    for _ in range(6):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        runs.path(run_id).write_bytes(flipped)
        seal_path(runs.path(run_id)).write_bytes(digest)
        assert Runs(runs.directory.parent).rescue(run_id) is not None
        with runs.open(run_id) as rescued:
            for row in rescued.rows():
                found = rescued.cell(CellKey(*row[:4]))
                assert found is not None
                assert replace(found, origin=None) == expected[found.key]


def test_a_run_is_sealed_when_it_is_closed_and_not_while_it_is_written(runs: Runs) -> None:
    with new_run(runs) as store:
        store.record_cells([PASSED])
        assert not seal_path(store.path).exists()
    assert seal_path(store.path).exists()
    with runs.open(store.id) as again:
        again.record_cells([FAILED])
        assert not seal_path(store.path).exists()
    assert damage(store.path) is None
    runs.remove(store.id)
    assert list(runs.directory.iterdir()) == []


LOSES_POWER = """
import fcntl, os, struct, sys
from pathlib import Path
from harness.infra.files import write_whole
from harness.store.run_directory import Runs
from tests.store.test_store import PASSED, new_run

disk = Path(sys.argv[1])
store = new_run(Runs(disk / "new"))
store.record_cells([PASSED])
write_whole(disk / "report", "whole")
# What ext4 has not been told to write out by now is lost.
fcntl.ioctl(os.open(disk, os.O_RDONLY), 0x8004587D, struct.pack("I", 2))
os._exit(0)
"""


@posix
@pytest.mark.mount
@pytest.mark.skipif(sys.platform != "linux", reason="ext4")
def test_what_was_recorded_is_there_after_the_machine_has_lost_its_power(tmp_path: Path) -> None:
    image, disk = tmp_path / "image", tmp_path / "disk"
    image.write_bytes(bytes(16 << 20))
    disk.mkdir()
    mount = ["mount", "-o", "loop", str(image), str(disk)]

    def system(*command: str) -> None:
        done = run(command, deadline=60, cwd=ROOT, env=clean_environment())
        assert done.returncode == 0, done.stderr

    system("mkfs.ext4", "-q", str(image))
    system(*mount)
    try:
        system(sys.executable, "-c", LOSES_POWER, str(disk))
        system("umount", str(disk))
        system(*mount)
        runs = Runs(disk / "new")
        (run_id,) = runs.ids()
        assert runs.rescue(run_id) is None
        with runs.open(run_id) as store:
            assert store.keys() == {PASSED.key}
        assert (disk / "report").read_text() == "whole"
    finally:
        run(["umount", "-l", str(disk)], deadline=10, env=clean_environment())


def test_the_same_command_over_a_changed_matrix_follows_the_run_before(runs: Runs) -> None:
    def narrowed(plan_hash: str, *command: str) -> str:
        with runs.create(plan="full, narrowed", plan_hash=plan_hash, plan_json="{}", host={}, command=command) as store:
            return store.id

    first = narrowed("a", "run", "--lane", "epoll")
    narrowed("b", "run", "--lane", "select")
    later = narrowed("c", "run", "--lane", "epoll", "--fresh")
    with runs.open(later) as store:
        assert runs.before(store.meta()) == first
