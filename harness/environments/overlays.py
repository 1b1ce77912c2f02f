"""Packages that some cells need beside Scrapy, in folders of their own: the resolved set stays as it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.environments.cached_dirs import obtain, of_generation
from harness.environments.install import install, installed_versions
from harness.environments.lock_request import LockRequest, python_arguments
from harness.environments.lockfiles import overlap, pins, without
from harness.environments.locks import Lock, Locks
from harness.infra.packages.uv import Failure
from harness.model.outcome import Outcome
from harness.model.result import OverlayResult

_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """An overlay, or why it cannot be had."""

    result: OverlayResult
    path: Path | None
    """The folder to put on `sys.path`; None unless `result.status` is None."""


class Overlays:
    """The overlays in a cache folder, shared by all environments for which they come out the same."""

    def __init__(self, cache: Path, locks: Locks, *, retry_before: float) -> None:
        self._folder = cache / "overlays"
        self._locks = locks
        self._retry_before = retry_before

    def get(self, requirement: str, request: LockRequest, base: Lock, *, check: bool = False) -> Overlay:
        """`requirement` beside the environment of `request`, whose lock is `base`: same day, same versions.

        With `check` it is made anew if its content has changed. Raises `StorageError` when there is no room,
        `ToolError` without uv.
        """
        request, lock = self._lock(requirement, request, base)
        if lock.status is not None:
            return _refused(requirement, lock.status, lock.reason, "", "")
        text = without(lock.text, base.text)
        parts = [_FORMAT, request.interpreter.fingerprint, text, lock.content]
        fingerprint = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        folder = self._folder / fingerprint[:24]
        make = partial(_make, request=request, lock=text)
        made = obtain(folder, make, lambda folder: _site(folder).is_dir(), retry_before=self._retry_before, check=check)
        fingerprint = of_generation(fingerprint, made.generation)
        if made.status is not None:
            return _refused(requirement, made.status, made.reason, text, fingerprint)
        result = OverlayResult(name=requirement, status=None, reason=None, lock=text, fingerprint=fingerprint)
        return Overlay(result=result, path=_site(folder))

    def _lock(self, requirement: str, request: LockRequest, base: Lock) -> tuple[LockRequest, Lock]:
        alone = replace(request, requirement=requirement, additions=())
        lock = self._locks.get(alone)
        # Whatever asks for no package of the environment resolves to the same with and without it, so
        # one resolution (uvloop on Python 3.12, that day) serves all of them.
        if lock.status is not None or not overlap(lock.text, base.text):
            return alone, lock
        beside = replace(alone, constraints=(*request.constraints, *pins(base.text)))
        return beside, self._locks.get(beside)


def _site(folder: Path) -> Path:
    return folder / "site"


def _make(folder: Path, request: LockRequest, lock: str) -> Failure | dict[str, str]:
    site = _site(folder)
    site.mkdir()
    where = [*python_arguments(request), "--target", str(site)]
    failure = install(lock, request, where, cwd=folder)
    return failure if failure is not None else installed_versions(site)


def _refused(name: str, status: Outcome, reason: str | None, lock: str, fingerprint: str) -> Overlay:
    result = OverlayResult(name=name, status=status, reason=reason, lock=lock, fingerprint=fingerprint)
    return Overlay(result=result, path=None)
