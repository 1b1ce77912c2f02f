"""One virtual environment for each environment of the plan: resolve, lock, create, reuse, fingerprint."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from harness.environments import bytecode
from harness.environments.cached_dirs import (
    CachedDir,
    accept,
    damage_of,
    discard,
    obtain,
    of_generation,
    remove,
    unused,
)
from harness.environments.damage import find_damage
from harness.environments.install import SITES, install, installed_versions, site_packages
from harness.environments.layouts import EnvironmentLayout, VenvLayout
from harness.environments.lock_request import LockRequest
from harness.environments.locks import Lock, Locks
from harness.environments.overlays import Overlays
from harness.infra.files import cache_errors
from harness.infra.packages.uv import Failure
from harness.infra.process.launcher import NATIVE, Launcher
from harness.infra.redaction import without_users
from harness.interpreters.interpreter import Interpreter, Interpreters
from harness.model.outcome import Outcome
from harness.model.result import EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment

_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvidedEnvironment:
    """An environment as the runner needs it."""

    result: EnvironmentResult
    python: Path | None
    """The interpreter to start cells with; None unless `result.status` is None."""
    overlays: dict[str, Path]
    """For each requirement that could be had the folder to put on `sys.path`."""
    directory: Path | None
    """The environment itself."""
    planned: PlannedEnvironment = field(repr=False)
    """What was asked for; its requirement may have a password."""
    made: bool = field(default=False, compare=False)
    """Whether it has just been made."""

    @property
    def folders(self) -> list[Path]:
        """The folders of the cache that it consists of."""
        parts = [*filter(None, [self.directory]), *self.overlays.values()]
        return [part.parent for part in parts]


class EnvironmentProvider:
    """Provides environments from a cache folder; may be called from several threads and processes.

    With `refresh` whatever was resolved without a cut-off day, or failed, is tried again.
    """

    def __init__(
        self,
        cache: Path,
        interpreters: Interpreters,
        *,
        refresh: bool = False,
        layout: EnvironmentLayout | None = None,
        launcher: Launcher = NATIVE,
    ) -> None:
        """`layout`: how environments are made; virtual environments if that is not said.

        `launcher`: how their interpreters are started.
        """
        with cache_errors(cache):
            cache.mkdir(parents=True, exist_ok=True)
            self._cache = cache.resolve()
            self._locks = Locks(self._cache, refresh=refresh)
        self._interpreters = interpreters
        self._layout = layout or VenvLayout()
        self._launcher = launcher
        self._retry_before = time.time() if refresh else 0.0
        self._overlays = Overlays(self._cache, self._locks, retry_before=self._retry_before)

    def provide(
        self,
        planned: PlannedEnvironment,
        overlays: Sequence[str] = (),
        *,
        on_lock: Callable[[], object] = lambda: None,
        check: bool = False,
    ) -> ProvidedEnvironment:
        """Return the environment with every overlay in `overlays` that can be had; what cannot is in the result.

        With `check` its files are compared with those that were installed, and what has changed is made anew: do that
        before something runs in it. `on_lock` is called when its packages are known and are about to be installed, or
        found installed. Raises `StorageError` when there is no room, `ToolError` without uv.
        """
        interpreter = self._interpreters.found.get(planned.python)
        if planned.status is not None:
            return _refused(planned, interpreter, planned.status, planned.reason)
        if interpreter is None:
            reason = self._interpreters.missing.get(planned.python, "not looked for")
            return _refused(planned, None, Outcome.MISSING_INTERPRETER, f"Python {planned.python}: {reason}")
        request = self._request(planned, interpreter)
        with cache_errors(self._cache):
            lock = self._locks.get(request)
            if lock.status is not None:
                return _refused(planned, interpreter, lock.status, lock.reason, detail=lock.text)
            on_lock()
            return self._provide(planned, request, lock, overlays, check=check)

    def lock(self, planned: PlannedEnvironment) -> Lock | None:
        """What the requirement of an environment resolves to; None without an interpreter. Raises as `provide`."""
        interpreter = self._interpreters.found.get(planned.python)
        if interpreter is None:
            return None
        with cache_errors(self._cache):
            return self._locks.get(self._request(planned, interpreter))

    def renew(self, provided: ProvidedEnvironment) -> ProvidedEnvironment:
        """Make an environment anew, and those of its overlays that are damaged. Raises as `provide`."""
        environment, *overlays = provided.folders
        for folder in [environment, *(folder for folder in overlays if damage_of(folder))]:
            discard(folder)
        return self.provide(provided.planned, list(provided.overlays), check=True)

    def collect(self, provided: ProvidedEnvironment) -> int:
        """Keep what the use of an environment has compiled, for it and for the ones to come; the number of new files.

        Only what can be trusted may have run in it since it was checked.
        """
        interpreter = self._interpreters.found.get(provided.result.python)
        if provided.directory is None or interpreter is None:
            return 0
        with cache_errors(self._cache):
            added = bytecode.collect(site_packages(provided.directory), self._pool(interpreter), interpreter.cache_tag)
            for folder in provided.folders:
                accept(folder)
        return added

    def damage(self, provided: ProvidedEnvironment) -> tuple[str, ...]:
        """What has changed in an environment and its overlays in their use, see `find_damage`."""
        return () if provided.python is None else find_damage(provided.folders, provided.python, self._launcher)

    def _request(self, planned: PlannedEnvironment, interpreter: Interpreter) -> LockRequest:
        return LockRequest(
            requirement=planned.requirement,
            interpreter=interpreter,
            target=self._layout.target,
            exclude_newer=planned.exclude_newer,
            exempt=planned.exempt,
            constraints=planned.constraints,
            additions=planned.additions,
            repacked=planned.repacked,
            links=self._cache / "repacked" if planned.repacked else None,
        )

    def _provide(
        self, planned: PlannedEnvironment, request: LockRequest, lock: Lock, overlays: Sequence[str], *, check: bool
    ) -> ProvidedEnvironment:
        fingerprint = _fingerprint(planned, request.interpreter, lock, self._layout.content)
        folder = self._cache / "envs" / fingerprint[:24]
        make = partial(self._make, request=request, lock=lock)
        made = obtain(folder, make, self._usable, retry_before=self._retry_before, check=check)
        fingerprint = of_generation(fingerprint, made.generation)
        if made.status is not None:
            refused = partial(_refused, planned, request.interpreter, made.status, made.reason)
            return refused(detail=made.text, fingerprint=fingerprint, lock=lock.text)
        added = {
            name: self._overlays.get(name, request, lock, check=check or made.made) for name in dict.fromkeys(overlays)
        }
        result = environment_result(
            planned,
            interpreter=request.interpreter.description,
            detail=lock.note,
            fingerprint=fingerprint,
            versions=_versions(made, request.interpreter),
            lock=lock.text,
            overlays=tuple(overlay.result for overlay in added.values()),
        )
        usable = {name: overlay.path for name, overlay in added.items() if overlay.path is not None}
        venv = folder / "venv"
        return ProvidedEnvironment(
            result=result,
            python=self._layout.python(venv),
            overlays=usable,
            directory=venv,
            planned=planned,
            made=made.made,
        )

    def _make(self, folder: Path, request: LockRequest, lock: Lock) -> Failure | dict[str, str]:
        venv = folder / "venv"
        interpreter = request.interpreter
        failure = self._layout.create(venv, interpreter) or install(
            lock.text, request, self._layout.options(venv, request), cwd=folder
        )
        if failure is not None:
            return failure
        site = site_packages(venv)
        bytecode.share(site, self._pool(interpreter), interpreter.cache_tag)
        return installed_versions(site)

    def _usable(self, folder: Path) -> bool:
        return self._layout.is_sound(folder / "venv")

    def _pool(self, interpreter: Interpreter) -> Path:
        return self._cache / "bytecode" / interpreter.fingerprint[:24]


def clean(cache: Path, *, unused_for: float = 0.0) -> list[Path]:
    """Remove environments and overlays not used for `unused_for` seconds (0: all); the folders removed.

    Locks stay: they are small, and what makes a later run give the same environments.
    """
    removed: list[Path] = []
    for kind in ("envs", "overlays"):
        removed += [folder for folder in unused(cache / kind, longer_than=unused_for) if remove(folder)]
    pools = cache / "bytecode"
    sites = [site for pattern in SITES for site in (cache / "envs").glob(f"*/venv/{pattern}")]
    for pool in pools.iterdir() if pools.is_dir() else ():
        bytecode.prune(pool, sites)
    return removed


def _fingerprint(planned: PlannedEnvironment, interpreter: Interpreter, lock: Lock, content: str) -> str:
    parts = [_FORMAT, interpreter.fingerprint, without_users(planned.requirement), planned.profile, planned.platform]
    parts += filter(None, [content])
    return hashlib.sha256(json.dumps([*parts, lock.text, lock.content]).encode()).hexdigest()


def _versions(made: CachedDir, interpreter: Interpreter) -> dict[str, str]:
    run_by = {"wine": interpreter.emulator} if interpreter.emulator else {}
    return {**made.versions, **run_by, "python_build": interpreter.build}


def _refused(
    planned: PlannedEnvironment,
    interpreter: Interpreter | None,
    status: Outcome,
    reason: str | None,
    *,
    detail: str | None = None,
    fingerprint: str = "",
    lock: str = "",
) -> ProvidedEnvironment:
    result = environment_result(
        planned,
        status=status,
        reason=reason,
        detail=detail,
        fingerprint=fingerprint,
        interpreter=interpreter.description if interpreter is not None else "",
        lock=lock,
    )
    return ProvidedEnvironment(result=result, python=None, overlays={}, directory=None, planned=planned)


def environment_result(planned: PlannedEnvironment, **rest: object) -> EnvironmentResult:
    """What is known of an environment from its plan, and `rest`, fields of the result."""
    known = {"status": None, "reason": None}
    return EnvironmentResult(
        id=planned.id,
        platform=planned.platform,
        python=planned.python,
        scrapy=planned.scrapy,
        profile=planned.profile,
        **{**known, **rest},  # type: ignore[arg-type]
    )
