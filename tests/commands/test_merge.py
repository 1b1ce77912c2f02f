"""Merging what several machines delivered: nothing is counted that did not run, and nothing depends on the order."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.commands.cells import cell_lines
from harness.commands.report import STDOUT
from harness.commands.report import render_report as written
from harness.commands.runs import run_objects
from harness.commands.show import shown_cell
from harness.infra.errors import ConfigurationError
from harness.judge.verdict import Judge
from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult, EnvironmentResult, Evidence, OverlayResult
from harness.model.run_inputs import RunInputs
from harness.render.matrix_json import SCHEMA as MATRIX_SCHEMA
from harness.shards.artifact_schema import SCHEMA, artifact_schema
from harness.shards.artifact_writer import write_artifact
from harness.shards.identity import identity_of
from harness.store.previous_runs import PreviousRuns
from harness.store.run_directory import Runs
from harness.store.run_store import RunStore
from harness.workspace import Filters
from tests.support import artifact_fixture
from tests.support.artifact_fixture import EVERY_CELL, deliver, merged, part, seen
from tests.support.synthetic import HOSTILE

LINUX = "linux-py3.11-scrapy2.13.4-latest/select/callback_pending/direct"
WINDOWS = "windows-py3.12-scrapy2.13.4-latest/asyncio-default/callback_fired/as_future"


def all_three(folder: Path) -> list[Path]:
    """A shard of each platform, whole."""
    return [deliver(folder, part(number, 3)) for number in (1, 2, 3)]


def report(state: Path) -> dict[str, Any]:
    return dict(json.loads((state / "reports" / "matrix.json").read_text(encoding="utf-8")))


def one(key: str, **changes: Any) -> artifact_fixture.Change:
    """A change of one cell."""
    return lambda result: replace(result, **changes) if result.key.id == key else result


@pytest.mark.slow
def test_three_platforms_become_one_report_that_shows_all_of_them(tmp_path: Path) -> None:
    done = merged(tmp_path, *all_three(tmp_path), out=tmp_path / "reports")
    assert (done.end.complete, done.owed, len(done.artifacts)) == (True, (), 3)
    found = seen(tmp_path, done.end.run_id)
    assert len(found) == EVERY_CELL
    assert {outcome for outcome, _, _ in found.values()} == {"pass", "fail"}
    content = report(tmp_path)
    jsonschema.validate(content, json.loads(MATRIX_SCHEMA.read_text(encoding="utf-8")))
    assert [each["host"]["id"] for each in content["machines"]] == ["machine1", "machine2", "machine3"]
    assert {each["platform"] for each in content["environments"].values()} == {"linux", "macos", "windows"}
    for name in ("matrix.md", "index.html"):
        text = (tmp_path / "reports" / name).read_text(encoding="utf-8")
        assert all(f"System of {platform}" in text for platform in ("linux", "macos", "windows"))


@pytest.mark.slow
def test_what_a_shard_owed_and_did_not_deliver_is_missing_with_its_name(tmp_path: Path) -> None:
    first, _, third = all_three(tmp_path)
    done = merged(tmp_path, first, third, out=tmp_path / "reports")
    assert not done.end.complete
    assert done.owed == ("shard 2/3 (macos) delivered no artifact: 56 cells of 2 environments",)
    found = seen(tmp_path, done.end.run_id)
    missing = {cell: detail for cell, (outcome, _, detail) in found.items() if outcome == "missing"}
    assert len(missing) == 56
    assert all(cell.startswith("macos-") for cell in missing)
    assert set(missing.values()) == {"shard 2/3 (macos) owed it and delivered no artifact"}
    assert "owed it" in (tmp_path / "reports" / "matrix.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_merged_run_says_what_its_cells_depended_on_where_all_machines_say_the_same(tmp_path: Path) -> None:
    inputs = RunInputs(
        kit="a" * 20, scenarios={"callback_fired": "b" * 20}, lanes={}, isolate=False, deadline=10, runner="c" * 20
    )
    for told, expected in ((inputs, inputs), (replace(inputs, kit="d" * 20), None), (None, None)):
        folder = tmp_path / str(told and told.kit)
        for number, each in ((1, inputs), (2, told), (3, inputs)):
            deliver(folder, part(number, 3), inputs=each)
        run_id = merged(folder, folder).end.run_id
        with Runs(folder).glance(run_id) as store:
            assert store.meta().inputs == expected


def test_no_artifact_at_all_leaves_everything_missing_where_it_is_said_what_was_expected(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = merged(tmp_path, empty)
    assert done.end.outcomes == {"missing": EVERY_CELL}
    with pytest.raises(ConfigurationError, match="nothing says what was expected"):
        merged(tmp_path, empty, plan=None)


def test_an_interrupted_shard_delivers_what_there_is_and_the_rest_is_missing(tmp_path: Path) -> None:
    lost = {LINUX}
    first = deliver(
        tmp_path,
        part(1, 3),
        change=lambda result: None if result.key.id in lost else result,
        environment=lambda result: result if result.python == "3.11" else None,
        finished=False,
    )
    done = merged(tmp_path, first, *all_three(tmp_path / "others")[1:])
    found = seen(tmp_path, done.end.run_id)
    outcome, _, detail = found[LINUX]
    assert outcome == "missing"
    assert detail is not None
    assert detail.startswith("shard 1/3 (linux) owed it and delivered shard-1-of-3 without it")
    assert detail.endswith("was interrupted")
    # The other environment was not told of, its cells were.
    assert [cell for cell, (outcome, _, _) in found.items() if outcome == "missing"] == [LINUX]


def test_the_same_cell_with_another_outcome_or_mechanism_is_a_conflict_and_both_are_kept(tmp_path: Path) -> None:
    artifacts = all_three(tmp_path)
    again = deliver(
        tmp_path / "again",
        part(1, 3),
        machine="second",
        change=one(LINUX, mechanism="another-one", evidence=Evidence(exception="Traceback of the second")),
    )
    done = merged(tmp_path, *artifacts, again)
    assert not done.end.complete
    found = seen(tmp_path, done.end.run_id)
    assert [cell for cell, (outcome, _, _) in found.items() if outcome == "conflict"] == [LINUX]
    with RunStore(Runs(tmp_path).path(done.end.run_id)) as store:
        stored = store.cell(CellKey.parse(LINUX))
    assert stored is not None
    evidence = stored.evidence
    assert evidence is not None
    told = f"{stored.detail} {evidence.exception}"
    for word in ("fail task-got-bad-yield", "fail another-one", "machine1", "second", "Traceback of direct",
                 "Traceback of the second"):  # fmt: skip
        assert word in told


@pytest.mark.slow
def test_a_cell_that_could_run_on_one_machine_only_is_in_conflict_and_one_not_known_on_one_is_not(
    tmp_path: Path,
) -> None:
    artifacts = all_three(tmp_path)
    refused = replace_status(Outcome.UNINSTALLABLE, "no wheel here")
    without = deliver(tmp_path / "a", part(1, 3), machine="a", environment=refused, change=lambda result: None)
    done = merged(tmp_path, *artifacts, without)
    outcomes = [outcome for outcome, _, _ in seen(tmp_path, done.end.run_id).values()]
    assert outcomes.count("conflict") == 56
    absent = replace_status(Outcome.MISSING_INTERPRETER, "no Python here")
    without = deliver(tmp_path / "b", part(1, 3), machine="b", environment=absent, change=lambda result: None)
    assert merged(tmp_path, *artifacts, without).end.complete


def replace_status(status: Outcome, reason: str) -> Any:
    return lambda result: replace(result, status=status, reason=reason, lock="", versions={})


def test_cells_without_their_overlay_are_not_missing(tmp_path: Path) -> None:
    filters = replace(artifact_fixture.ASKED, platform=("linux",), lane=("asyncio-uvloop",))
    overlay = OverlayResult(name="uvloop", status=Outcome.UNINSTALLABLE, reason="none", lock="", fingerprint="x")
    only = deliver(
        tmp_path,
        part(1, 1, filters),
        environment=lambda result: replace(result, overlays=(overlay,)),
        change=lambda result: None,
    )
    done = merged(tmp_path, only, filters=filters, shards=1)
    assert done.end.outcomes == {"uninstallable": 28}


@pytest.mark.slow
def test_the_order_of_arguments_does_not_matter(tmp_path: Path) -> None:
    artifacts = all_three(tmp_path)
    artifacts.append(deliver(tmp_path / "again", part(1, 3), machine="second", change=one(LINUX, mechanism="other")))
    artifacts.append(deliver(tmp_path / "third", part(1, 3), machine="third", change=one(LINUX, outcome=Outcome.PASS)))
    told = []
    for number in range(4):
        random.Random(number).shuffle(artifacts)
        state = tmp_path / f"state{number}"
        done = merged(state, *artifacts, out=state / "reports")
        content = report(state)
        del content["run"]
        with RunStore(Runs(state).path(done.end.run_id)) as store:
            cells = {key: store.cell(key) for key in store.keys()}
            own = {key: replace(cell, origin=str(cell.origin).replace(store.id, "own"))
                   for key, cell in cells.items() if cell is not None}  # fmt: skip
            told.append((content, own, store.environments()))
    assert all(each == told[0] for each in told)


@pytest.mark.slow
def test_merging_twice_changes_nothing(tmp_path: Path) -> None:
    artifacts = all_three(tmp_path)
    first = merged(tmp_path, *artifacts, out=tmp_path / "reports")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = merged(tmp_path, *reversed(artifacts), *artifacts, out=tmp_path / "reports")
    assert (again.end.run_id, again.end.unchanged, again.owed) == (first.end.run_id, True, first.owed)
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path for path in after if after[path] != before.get(path)} == set()


def test_the_same_content_under_another_name_counts_once(tmp_path: Path) -> None:
    artifacts = all_three(tmp_path)
    copy = tmp_path / "copy.jsonl.gz"
    artifact_fixture.rewrite(copy, artifact_fixture.lines(artifacts[0]))
    assert copy.read_bytes() != artifacts[0].read_bytes()
    assert len(merged(tmp_path, *artifacts, copy).artifacts) == 3


def test_what_was_expected_is_taken_from_the_artifacts_where_nothing_else_is_said(tmp_path: Path) -> None:
    _, second, third = all_three(tmp_path)
    done = merged(tmp_path, second, third, plan=None, filters=Filters(), shards=None)
    assert done.end.outcomes == {"pass": 96, "missing": 56, "fail": 16}


@pytest.mark.slow
def test_whole_runs_of_single_platforms_are_merged_into_one_plan(tmp_path: Path) -> None:
    alone = [
        deliver(
            tmp_path / platform, part(1, 1, replace(artifact_fixture.ASKED, platform=(platform,))), machine=platform
        )
        for platform in ("linux", "windows")
    ]
    both = replace(artifact_fixture.ASKED, platform=("linux", "windows"))
    assert merged(tmp_path / "told", *alone, filters=both, shards=None).end.complete
    assert merged(tmp_path / "not", *alone, plan=None, filters=Filters(), shards=None).end.outcomes == {
        "pass": 96,
        "fail": 16,
    }
    done = merged(tmp_path / "more", *alone, shards=None)
    assert done.end.outcomes["missing"] == 56
    details = {
        detail for outcome, _, detail in seen(tmp_path / "more", done.end.run_id).values() if outcome == "missing"
    }
    assert details == {"a run of macos owed it and delivered no artifact"}


def test_what_other_machines_say_is_never_taken_for_a_result_of_this_one(tmp_path: Path) -> None:
    whole = part(1, 1, replace(artifact_fixture.ASKED, platform=("linux",)))
    artifact = deliver(tmp_path, whole)
    merged(tmp_path, artifact, plan=None)
    known = PreviousRuns(Runs(tmp_path), whole.planned.plan)
    assert known.same_id is None
    for result in artifact_fixture.environments(whole.planned.plan):
        assert known.environment(result) is None


def test_a_cell_of_another_platform_is_shown_with_its_machine_and_how_to_run_it_there(tmp_path: Path) -> None:
    done = merged(tmp_path, *all_three(tmp_path))
    text = "\n".join(shown_cell(tmp_path, done.end.run_id, WINDOWS, Judge(())).lines(lock=True))
    assert "delivered by:    shard-3-of-3: System of windows, machine machine3" in text
    assert "--- run it again, alone, on windows" in text
    assert f"scrapy-compat run --cell {WINDOWS} --isolate --fresh" in text


def test_a_cell_that_nobody_delivered_is_not_shown_with_a_machine(tmp_path: Path) -> None:
    lost = deliver(tmp_path, part(1, 3), change=lambda result: None if result.key.id == LINUX else result)
    done = merged(tmp_path, lost)
    found = shown_cell(tmp_path, done.end.run_id, LINUX, Judge(()))
    text = "\n".join(found.lines(lock=False))
    assert "missing" in text
    assert "delivered by" not in text
    assert "in a batch" not in text
    assert "delivered_by" not in found.object()


@pytest.mark.parametrize("shape", ["summary", "pull-request"])
def test_a_conflict_is_told_with_both_machines_beside_what_is_missing(tmp_path: Path, shape: str) -> None:
    first, _, third = all_three(tmp_path)
    again = deliver(tmp_path / "again", part(1, 3), machine="second", change=one(LINUX, mechanism="other"))
    done = merged(tmp_path, first, third, again)
    text = "".join(written(tmp_path, done.end.run_id, [shape], STDOUT, Judge(())).printed)
    assert "56 cells of the plan have no result, and machines disagree about 1 cell" in text
    (row,) = [line for line in text.splitlines() if line.startswith("| conflict | 1 | ") and "machine1" in line]
    assert "second" in row


def test_a_merged_run_is_read_like_any_other(tmp_path: Path) -> None:
    done = merged(tmp_path, *all_three(tmp_path))
    listed = list(cell_lines(tmp_path, done.end.run_id, Filters(platform=("windows",), helper=("direct",)), "ids"))
    assert len(listed) == 8
    (run,) = [json.loads(line) for line in run_objects(tmp_path)]
    assert (run["id"], run["complete"]) == (done.end.run_id, True)


def test_hostile_texts_end_as_in_a_run_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nasty = f"{HOSTILE}\x00\udcff https://me:pass@example.org hunter2-of-here"

    def hostile(result: CellResult) -> CellResult:
        return replace(result, mechanism="m|`<b>\x1b[31m", detail=nasty, evidence=Evidence(stdout=nasty))

    def environment(result: EnvironmentResult) -> EnvironmentResult:
        return replace(result, interpreter=nasty, versions={"<script>": nasty}, lock=nasty)

    whole = part(1, 1, replace(artifact_fixture.ASKED, platform=("linux",)))
    artifact = deliver(tmp_path, whole, change=hostile, environment=environment)
    monkeypatch.setenv("SOME_TOKEN", "hunter2-of-here")
    done = merged(tmp_path, artifact, plan=None, out=tmp_path / "reports")
    stored = b"".join(path.read_bytes() for path in (tmp_path / "runs").iterdir())
    written = {path.name: path.read_bytes() for path in (tmp_path / "reports").iterdir()}
    for content in (stored, *written.values()):
        assert b"hunter2-of-here" not in content
        assert b"me:pass@" not in content
    assert b"<script>alert(1)" not in written["matrix.md"]
    assert b"<script>alert(1)" not in written["index.html"]
    assert b"\x1b" not in written["matrix.md"]
    with RunStore(Runs(tmp_path).path(done.end.run_id)) as store:
        cells = [cell for key in store.keys() if (cell := store.cell(key)) is not None]
        told = {text for cell in cells for text in (cell.detail, cell.evidence and cell.evidence.stdout)}
        told |= {text for each in store.environments().values() for text in (each.lock, each.interpreter)}
    assert len(told) >= 1
    assert all(text is not None and "***" in text and "hunter2" not in text for text in told)


def test_every_line_of_an_artifact_is_as_the_schema_in_the_repository_says(tmp_path: Path) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert schema == artifact_schema()
    validator = jsonschema.Draft202012Validator(schema)
    kinds = set()
    for line in artifact_fixture.lines(deliver(tmp_path, part(1, 3))):
        content = json.loads(line)
        validator.validate(content)
        kinds.add(content["type"])
    assert kinds == {"artifact", "lock", "environment", "observation", "evidence", "cells", "end"}


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    path = deliver(tmp_path, part(1, 3))
    first = path.read_bytes()
    (run,) = (tmp_path / "state-machine1" / "runs").glob("*.sqlite")
    with RunStore(run) as store:
        write_artifact(path, part(1, 3), identity_of(part(1, 3).whole), store)
    assert path.read_bytes() == first
