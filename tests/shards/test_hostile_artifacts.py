"""Artifacts that are not what they should be: refused by name, within limits, and nothing of them is stored."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.infra.errors import ConfigurationError
from harness.model.result import EnvironmentResult
from harness.shards import artifact_reader
from harness.shards.artifact_lines import TEXT
from harness.shards.artifact_reader import Artifact, Scope
from harness.shards.decoder import Keep
from harness.store.run_directory import Runs
from harness.workspace import Filters
from tests.support import artifact_fixture
from tests.support.artifact_fixture import deliver, lines, merged, part, rewrite

ROOT = Path(__file__).resolve().parents[2]
ONLY = replace(artifact_fixture.ASKED, platform=("linux",))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The lines of an artifact as it should be."""
    return lines(deliver(tmp_path_factory.mktemp("sound"), part(1, 2, ONLY)))


def changed(content: list[bytes], kind: str, change: Callable[[dict[str, Any]], object]) -> list[bytes]:
    """The lines with the first of a kind changed."""
    found = [json.loads(line) for line in content]
    number = next(number for number, line in enumerate(found) if line["type"] == kind)
    change(found[number])
    return [*content[:number], json.dumps(found[number]).encode(), *content[number + 1 :]]


def refused(folder: Path, path: Path, match: str, **more: Any) -> None:
    """The file is refused by name, and no run is stored."""
    with pytest.raises(ConfigurationError, match=match) as caught:
        merged(folder / "state", path, **{"filters": ONLY, "shards": 2, "out": folder / "state" / "reports", **more})
    assert caught.value.value == str(path)
    assert Runs(folder / "state").ids() == []
    assert not (folder / "state" / "reports").exists()


WRONG: list[tuple[str, str, Callable[[dict[str, Any]], object]]] = [
    ("artifact", "schema has version 1", lambda line: line.update(schema_version=1)),
    ("artifact", "no artifact of a run", lambda line: line.update(type="something")),
    ("artifact", "is of another plan", lambda line: line.update(plan_hash="0" * 64)),
    ("artifact", "run with another matrix", lambda line: line.update(matrix="0" * 64)),
    ("artifact", "run with other scenarios", lambda line: line.update(scenarios="0" * 64)),
    ("artifact", "split otherwise", lambda line: line.update(assignment="0" * 64)),
    ("artifact", "is of 3 shards, and 2 shards are expected", lambda line: line.update(of=3)),
    ("artifact", "names no shard", lambda line: line.update(shard=9)),
    ("artifact", "is no environment of its shard", lambda line: line.update(shard=2)),
    ("artifact", "schema of artifacts", lambda line: line.update(run="../../../etc/passwd")),
    ("artifact", "schema of artifacts", lambda line: line.update(started="2026-01-01T00:00:00Z\n")),
    ("artifact", "schema of artifacts", lambda line: line.update(host={"id": "x" * 301})),
    ("artifact", "schema of artifacts", lambda line: line.update(more="than there is")),
    ("environment", "is no environment of its shard", lambda line: line.update(id="linux-py9.9-scrapy9-latest")),
    ("environment", "platform of .* is not that of the plan", lambda line: line.update(platform="windows")),
    ("environment", "schema of artifacts", lambda line: line.update(status="missing")),
    ("environment", "schema of artifacts", lambda line: line.update(status="pass")),
    ("environment", "no entry of a lock 77", lambda line: line.update(lock=[77])),
    ("observation", "schema of artifacts", lambda line: line.update(outcome="conflict")),
    ("observation", "schema of artifacts", lambda line: line.update(detail=float("nan"))),
    ("observation", "schema of artifacts", lambda line: line.update(mechanism="x" * 10_001)),
    ("observation", "number 5 follows", lambda line: line.update(number=5)),
    ("evidence", "schema of artifacts", lambda line: line.update(stdout="x" * (TEXT + 1))),
    ("cells", "does not have this cell", lambda line: line.update(scenario="callback_shared")),
    ("cells", "does not have this cell", lambda line: line.update(lane="epoll")),
    ("cells", "is no environment of its shard", lambda line: line.update(environment="../../etc")),
    ("cells", "does not have this cell", lambda line: line["cells"].append(line["cells"][0])),
    ("cells", "no observation 99", lambda line: line["cells"][0].__setitem__(1, 99)),
    ("cells", "no evidence 99", lambda line: line["cells"][0].__setitem__(3, 99)),
    ("cells", "no origin 99", lambda line: line["cells"][0].__setitem__(4, 99)),
    ("cells", "schema of artifacts", lambda line: line["cells"][0].__setitem__(2, float("nan"))),
    ("cells", "schema of artifacts", lambda line: line["cells"][0].__setitem__(2, -1)),
    ("cells", "schema of artifacts", lambda line: line["cells"][0].__setitem__(1, 10**30)),
    ("end", "the end comes after", lambda line: line.update(lines=1)),
]


@pytest.mark.parametrize(("kind", "match", "change"), WRONG, ids=[f"{kind} {match}" for kind, match, _ in WRONG])
def test_what_is_not_as_it_should_be_is_refused_by_name(
    tmp_path: Path, sound: list[bytes], kind: str, match: str, change: Callable[[dict[str, Any]], object]
) -> None:
    refused(tmp_path, rewrite(tmp_path / "shard-1-of-2.jsonl.gz", changed(sound, kind, change)), match)


def test_lines_that_are_not_those_that_were_written_are_refused(tmp_path: Path, sound: list[bytes]) -> None:
    path = tmp_path / "shard-1-of-2.jsonl.gz"
    changed_one = changed(sound, "cells", lambda line: line["cells"][0].__setitem__(2, 7))
    path.write_bytes(gzip.compress(b"".join(line + b"\n" for line in changed_one)))
    refused(tmp_path, path, "not those that were written")


@pytest.mark.slow
def test_lines_that_are_there_twice_or_behind_the_end_are_refused(tmp_path: Path, sound: list[bytes]) -> None:
    path = tmp_path / "shard.jsonl.gz"
    kinds = [json.loads(line)["type"] for line in sound]
    for kind, match in (("cells", "is there twice"), ("environment", "is there twice")):
        number = kinds.index(kind)
        refused(tmp_path, rewrite(path, [*sound[: number + 1], *sound[number:]]), match)
    refused(tmp_path, rewrite(path, [*sound, sound[-1]]), "behind the end")
    refused(tmp_path, rewrite(path, sound[:-1]), "cut short")
    second = changed(sound, "artifact", lambda line: line.update(host={}))[0]
    refused(tmp_path, rewrite(path, [sound[0], second, *sound[1:]]), "second header")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "no artifact of a run"),
        (b"\x00\xff" * 5000, "damaged or was cut short"),
        (gzip.compress(b"", mtime=0), "no artifact of a run"),
        (gzip.compress(b"\x00\xff" * 5000, mtime=0), "no artifact of a run"),
        (gzip.compress(b'{"type":"artifact","schema_version":2}\n', mtime=0), "schema of artifacts"),
        (gzip.compress(b"[" * 1_000_000, mtime=0), "no artifact of a run"),
        (gzip.compress(b'{"a":' * 1_000_000, mtime=0), "no artifact of a run"),
        (b"SQLite format 3\x00", "damaged or was cut short"),
    ],
)
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, content: bytes, match: str) -> None:
    path = tmp_path / "shard-1-of-2.jsonl.gz"
    path.write_bytes(content)
    refused(tmp_path, path, match)


@pytest.mark.slow
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, sound: list[bytes]) -> None:
    path = rewrite(tmp_path / "shard-1-of-2.jsonl.gz", sound)
    whole = path.read_bytes()
    for length in range(len(whole) - 1, 0, -max(1, len(whole) // 25)):
        path.write_bytes(whole[:length])
        with pytest.raises(ConfigurationError, match=r"cut short|no artifact"):
            merged(tmp_path / "state", path, filters=ONLY, shards=2)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_stands_in_a_file_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, sound: list[bytes], data: st.DataObject
) -> None:
    scope = Scope.of(*_plan_of_shard())
    raw = bytearray(b"\n".join(sound) + b"\n")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    path = tmp_path_factory.mktemp("fuzzed") / "shard.jsonl.gz"
    path.write_bytes(gzip.compress(bytes(raw)))
    # Any other error, a loop without end, or what the plan does not have would be the defect.
    with suppress(ConfigurationError):
        for piece in Artifact(path).contents(scope, lambda _: None):
            name = piece.id if isinstance(piece, EnvironmentResult) else piece.rows[0].environment
            assert name in scope.environments


_PLANNED: list[Any] = []


def _plan_of_shard() -> Any:
    if not _PLANNED:
        what = part(1, 2, ONLY)
        _PLANNED.append((what.planned.plan, what.shard.environments))
    return _PLANNED[0]


WIDE = "x" * (TEXT - 1) + "\U0001f600"
"""A text as long as there may be one: for that one character it takes four times as much memory."""
OVERLAY = {"name": "uvloop", "status": None, "reason": None, "fingerprint": "x"}
SEEN = {"type": "observation", "outcome": "fail", "mechanism": None, "close": None, "facts": None, "isolated": False}


def with_lock(content: list[bytes], text: str, **environment: object) -> list[bytes]:
    """The lines with one entry of a lock in place of theirs, and with another first environment."""
    rest = changed(content, "environment", lambda line: line.update(environment))
    lock = json.dumps({"type": "lock", "number": 0, "text": text}).encode()
    return [rest[0], lock, *[line for line in rest[1:] if json.loads(line)["type"] != "lock"]]


BOMBS: dict[str, tuple[str, Callable[[list[bytes]], list[bytes]]]] = {
    "one line": ("larger than", lambda sound: [sound[0], b"0" * (300 << 20)]),
    "many lines": ("schema of artifacts", lambda sound: [sound[0], *[b"{}"] * 3_000_000]),
    "entries of locks": (
        "lines are the most",
        lambda sound: [
            sound[0],
            *[json.dumps({"type": "lock", "number": number, "text": "x"}).encode() for number in range(20_000)],
        ],
    ),
    "a lock of large entries": (
        "locks .* have more than",
        lambda sound: with_lock(sound, "x" * TEXT, lock=[0] * 2_000),
    ),
    "overlays of large entries": (
        "locks .* have more than",
        lambda sound: with_lock(sound, WIDE, lock=[], overlays=[OVERLAY | {"lock": [0] * 15}] * 50),
    ),
    "a lock of many entries in one": (
        "locks .* have more than",
        lambda sound: with_lock(sound, "x\n" * (TEXT // 2), lock=[0] * 15),
    ),
    "versions": (
        "takes more memory",
        lambda sound: changed(
            sound, "environment", lambda line: line.update(versions={str(n): WIDE[-10_000:] for n in range(800)})
        ),
    ),
    "observations": (
        "takes more memory",
        lambda sound: [
            sound[0],
            *[json.dumps(SEEN | {"number": number, "detail": WIDE}).encode() for number in range(1_200)],
        ],
    ),
}


@pytest.mark.slow
@pytest.mark.posix("limits of a process")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_with_little_memory(tmp_path: Path, sound: list[bytes], name: str) -> None:
    match, made = BOMBS[name]
    path = rewrite(tmp_path / "shard-1-of-2.jsonl.gz", made(sound))
    assert path.stat().st_size < 1 << 20
    done = merged_with_little_memory(tmp_path, path)
    assert done.returncode == 2, done.stderr
    assert str(path) in done.stderr
    assert re.search(match, done.stderr), done.stderr
    assert not (tmp_path / "state" / "runs").exists()


@pytest.mark.slow
@pytest.mark.posix("limits of a process")
def test_evidence_is_not_held_in_memory(tmp_path: Path, sound: list[bytes]) -> None:
    texts = dict.fromkeys(("exception", "stacks", "stdout", "stderr"), WIDE)
    more = [json.dumps({"type": "evidence", "number": 1 + n, **texts}).encode() for n in range(400)]
    whole = changed([*sound[:-1], *more, sound[-1]], "end", lambda line: line.update(lines=len(sound) + 399))
    path = rewrite(tmp_path / "shard-1-of-2.jsonl.gz", whole)
    done = merged_with_little_memory(tmp_path, path)
    assert done.returncode == 4, done.stderr


def merged_with_little_memory(folder: Path, path: Path) -> subprocess.CompletedProcess[str]:
    import resource  # noqa: PLC0415  (there is none on Windows)

    def little() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

    command = [sys.executable, "-m", "harness", "merge", str(path), "--state", str(folder / "state")]
    environ = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, preexec_fn=little, check=False, timeout=120
    )


def test_an_artifact_that_changes_while_it_is_merged_is_refused_and_nothing_stays(
    tmp_path: Path, sound: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = rewrite(tmp_path / "shard-1-of-2.jsonl.gz", sound)
    other = changed(sound, "observation", lambda line: line.update(detail="elsewise"))
    read = Artifact.contents

    def then_changed(self: Artifact, scope: Scope, keep: Keep) -> Any:
        yield from read(self, scope, keep)
        rewrite(path, other)

    monkeypatch.setattr(Artifact, "contents", then_changed)
    refused(tmp_path, path, "was changed while it was merged")


def test_names_in_an_artifact_are_no_paths(tmp_path: Path, sound: list[bytes]) -> None:
    names = changed(sound, "artifact", lambda line: line.update(host={"id": "../../x", "platform": "/etc/passwd"}))
    path = rewrite(tmp_path / "shard-1-of-2.jsonl.gz", names)
    state = tmp_path / "deep" / "er" / "state"
    merged(state, path, filters=ONLY, shards=2)
    outside = [each for each in tmp_path.rglob("*") if each.is_file() and state not in each.parents]
    assert outside == [path]


def test_filters_that_an_artifact_names_and_that_there_are_not_are_refused(tmp_path: Path, sound: list[bytes]) -> None:
    path = rewrite(
        tmp_path / "shard-1-of-2.jsonl.gz",
        changed(sound, "artifact", lambda line: line["asked"]["filters"].update(over=["x"])),
    )
    refused(tmp_path, path, "filters that there are not: over", plan=None, filters=Filters(), shards=None)


@pytest.mark.parametrize("asked", [{"plan": "nightly"}, {"filters": {"python": ["9.9"]}}, {"platforms": ["amiga"]}])
def test_a_plan_that_there_is_not_is_refused_with_the_name_of_the_artifact_that_is_of_it(
    tmp_path: Path, sound: list[bytes], asked: dict[str, Any]
) -> None:
    path = rewrite(
        tmp_path / "shard-1-of-2.jsonl.gz", changed(sound, "artifact", lambda line: line["asked"].update(asked))
    )
    refused(tmp_path, path, "cannot be asked for here", plan=None, filters=Filters(), shards=None)


def test_the_limits_leave_room_for_the_largest_line_that_is_written() -> None:
    # Four texts, each character escaped at its longest, and what stands around them.
    assert artifact_reader.LINE > 4 * TEXT * 6 + 1_000
