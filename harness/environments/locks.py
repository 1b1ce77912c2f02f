"""Resolve a requirement into a lock file with hashes, and keep what came of it.

A lock with a cut-off day never changes: the index only grows behind that day. One without is good for a
day. A resolution that cannot succeed is kept in the same way, with the resolver's own words.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

import msgspec
from filelock import FileLock

from harness.environments.lock_request import (
    WHEELS_ONLY,
    LockRequest,
    end_of_day,
    local_path,
    python_arguments,
    resolution_arguments,
)
from harness.environments.source_archives import repack, with_hashes
from harness.infra.files import no_room, scratch_folder, write_whole
from harness.infra.packages.index import IndexUnavailableError, cache_settings, check_pages, configured_index
from harness.infra.packages.index_settings import index_settings, unreachable
from harness.infra.packages.uv import Failure, FailureKind, explain, run_uv
from harness.infra.redaction import redact, without_users
from harness.model.outcome import Outcome

_FORMAT = 1


_DAY = 24 * 3600.0


_DEADLINE = 600.0


_SKIPPED_FOLDERS = frozenset({".git", "__pycache__", ".tox", ".nox", ".venv", "build", "dist", "node_modules"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What came of a resolution."""

    status: Outcome | None
    """None: `text` is a lock file. `UNINSTALLABLE`: there is no such set of packages. `NOT_RUN`: not known."""
    reason: str | None
    text: str
    """The lock file, or all that the resolver said. Without credentials."""
    content: str
    """Hash of the checkout or wheel that the requirement points at on this machine; empty for others."""
    note: str | None = None
    """One line when the lock is usable but not what was asked for: an older one, since the index is away."""


class Locks:
    """The locks in a cache folder; made where there are none. May be used from several threads.

    With `refresh` those without a cut-off, and failures, are resolved again once, however new they are.
    """

    def __init__(self, cache: Path, *, refresh: bool = False) -> None:
        self._folder = cache / "locks"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._refresh_before = time.time() if refresh else 0.0
        self._unreachable = False
        self._contents: dict[str, str] = {}
        # Where packages come from decides what there is; who asks (credentials) does not. Read once: it is asked of
        # hundreds of locks, and stands in files of pip's and uv's.
        self._indexes = {name: without_users(value) for name, value in index_settings().sources.items()}

    def get(self, request: LockRequest) -> Lock:
        """The lock for `request`. Raises `StorageError` on a full disk, `ToolError` without uv."""
        content = self._content(request.requirement)
        path = self._folder / f"{_key(request, content, self._indexes)}.json"
        kept = _read(path)
        if kept is not None and self._valid(kept):
            return _lock(kept, content)
        with FileLock(path.with_suffix(".guard")):
            kept = _read(path)  # someone else may have made it while this one waited
            if kept is not None and self._valid(kept):
                return _lock(kept, content)
            return self._make(request, content, path, kept)

    def _make(self, request: LockRequest, content: str, path: Path, old: _Kept | None) -> Lock:
        made = time.time()
        answer = self._resolve(request)
        if isinstance(answer, Failure) and answer.kind is not FailureKind.IMPOSSIBLE:
            if answer.kind is FailureKind.STORAGE:
                raise no_room(self._folder, answer.reason)
            reason = answer.reason
            if answer.kind is FailureKind.UNREACHABLE:
                self._unreachable = True
                reason = unreachable(reason)
            if old is not None and old.locked:
                day = datetime.fromtimestamp(old.made, timezone.utc).date()
                return _lock(old, content, note=f"locked on {day}; {reason}")
            return Lock(status=Outcome.NOT_RUN, reason=reason, text=answer.text, content=content)
        if isinstance(answer, Failure):
            kept = _Kept(locked=False, made=made, cut_off=_cut_off(request), reason=answer.reason, text=answer.text)
        else:
            kept = _Kept(locked=True, made=made, cut_off=_cut_off(request), reason=None, text=without_users(answer))
        write_whole(path, json.dumps({"requirement": redact(request.requirement), **asdict(kept)}, indent=1))
        return _lock(kept, content)

    def _resolve(self, request: LockRequest) -> str | Failure:
        answer = self._compile(request)
        projects = answer.projects if isinstance(answer, Failure) else ()
        if not projects or index_settings().no_index is not None:
            return answer
        # uv takes any page for that of a project without files, and keeps it for a while: that of a login, too.
        try:
            check_pages(projects, configured_index())
        except IndexUnavailableError as error:
            return Failure(kind=FailureKind.UNREACHABLE, reason=error.cause, text=str(error))
        return self._compile(request, refreshed=projects)

    def _compile(self, request: LockRequest, *, refreshed: Sequence[str] = ()) -> str | Failure:
        """Have uv resolve; `refreshed` are projects that the index is asked about although uv knows an answer."""
        arguments = ["pip", "compile", "-", *python_arguments(request), "--generate-hashes"]
        arguments += ["--no-header", "--no-annotate", "--quiet", *resolution_arguments(request)]
        arguments += [f"--refresh-package={project}" for project in refreshed]
        # One that did not answer is not asked four times by each of the environments that follow.
        extra = {"UV_HTTP_RETRIES": "0"} if self._unreachable else {}
        if request.links is not None:
            try:
                repack(request.repacked, request.links, configured_index())
            except IndexUnavailableError as error:
                return Failure(kind=FailureKind.UNREACHABLE, reason=error.cause, text=str(error))
        with scratch_folder(self._folder) as folder:
            (folder / "uv.toml").write_text(cache_settings(), encoding="utf-8")
            if request.constraints:
                constraints = folder / "constraints.txt"
                constraints.write_text("\n".join(request.constraints) + "\n", encoding="utf-8")
                arguments += ["--constraints", str(constraints)]
            done = run_uv(
                arguments,
                cwd=folder,
                deadline=_DEADLINE,
                stdin="\n".join((request.requirement, *request.additions, "")),
                extra=extra,
            )
        if done.returncode != 0 or done.timed_out:
            return explain(done)
        return done.stdout if request.links is None else with_hashes(done.stdout, request.repacked, request.links)

    def _valid(self, kept: _Kept) -> bool:
        if kept.cut_off is not None and kept.cut_off <= kept.made and (kept.locked or not self._refresh_before):
            return True
        return kept.made >= max(self._refresh_before, time.time() - _DAY)

    def _content(self, requirement: str) -> str:
        if requirement not in self._contents:
            path = local_path(requirement)
            self._contents[requirement] = "" if path is None else content_hash(path)
        return self._contents[requirement]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    locked: bool
    made: float
    cut_off: float | None
    reason: str | None
    text: str


def content_hash(path: Path, skipped: Collection[str] = _SKIPPED_FOLDERS) -> str:
    """Hex SHA-256 over names and contents below `path`, without the folders `skipped`, which are what building leaves
    behind, nor what is compiled; empty if there is none."""
    digest = hashlib.sha256()
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if name not in skipped and not name.endswith(".egg-info"))
        for name in sorted(files):
            file = Path(folder) / name
            if file.is_file() and not name.endswith(".pyc"):
                digest.update(f"{file.relative_to(path).as_posix()}\0{file.stat().st_size}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest() if path.is_dir() else ""


def _key(request: LockRequest, content: str, indexes: Mapping[str, str]) -> str:
    interpreter = request.interpreter
    parts = [
        [_FORMAT, request.requirement, request.exclude_newer, sorted(request.exempt.items()), request.constraints],
        [interpreter.key, interpreter.version, interpreter.implementation, interpreter.platform],
        [WHEELS_ONLY, indexes, content, request.repacked],
        *([[request.target.platform, request.target.wheels_only]] if request.target is not None else []),
        *([[request.additions]] if request.additions else []),
        *([[request.resolution]] if request.resolution != "highest" else []),
        *([["prereleases"]] if request.prereleases else []),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


def _read(path: Path) -> _Kept | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (OSError, ValueError):
        return None


def _lock(kept: _Kept, content: str, note: str | None = None) -> Lock:
    status = None if kept.locked else Outcome.UNINSTALLABLE
    return Lock(status=status, reason=kept.reason, text=kept.text, content=content, note=note)


def _cut_off(request: LockRequest) -> float | None:
    if request.exclude_newer is None:
        return None
    ends = [end_of_day(day) for day in (request.exclude_newer, *request.exempt.values())]
    return max(datetime.strptime(end, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp() for end in ends)
