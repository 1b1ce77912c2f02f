"""The wheel of a target, built once: all environments install the same."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from packaging.metadata import parse_email
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from harness.infra.errors import ConfigurationError
from harness.infra.files import cache_errors, no_room, scratch_folder
from harness.infra.packages.index import IndexUnavailableError
from harness.infra.packages.index_settings import index_settings
from harness.infra.packages.uv import FailureKind, explain, run_uv
from harness.infra.process.supervisor import Completed
from harness.infra.text import plural
from harness.targets.project_files import parsed_requirement
from harness.targets.snapshot import Snapshot

_DEADLINE = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltTarget:
    """A target that can be installed."""

    name: str
    version: str
    wheel: Path | None
    """None: it is not installed, but run where it stands."""
    modules: tuple[str, ...]
    """The top-level names that it brings, sorted."""
    requires: tuple[str, ...]
    """Its dependencies, those of extras with them, as its metadata has them."""

    @property
    def told(self) -> str:
        """Its name and version for people."""
        return f"{self.name} {self.version}".strip()

    def requirements(self, extras: Sequence[str]) -> tuple[str, ...]:
        """Return what is handed to the resolver for it."""
        if self.wheel is None:
            return ()
        chosen = f"[{','.join(extras)}]" if extras else ""
        return (f"{self.name}{chosen} @ {self.wheel.as_uri()}",)


def unbuilt_project(name: str, version: str | None, package: str) -> BuiltTarget:
    """Return a Scrapy project as what it is for the cells: `package` is its top-level name, and nothing is built."""
    return BuiltTarget(name=name, version=version or "", wheel=None, modules=(package,), requires=())


def build_target(snapshot: Snapshot, python: Path) -> BuiltTarget:
    """Return the wheel of a snapshot, built with an interpreter unless that was done before.

    Raises `ConfigurationError` where it does not build, with what the backend said; `IndexUnavailableError` where what
    the build needs cannot be reached.
    """
    folder = snapshot.source.parent / "wheel"
    with cache_errors(folder.parent), FileLock(folder.with_suffix(".guard")):
        if not any(folder.glob("*.whl")):
            _build(snapshot, python, folder)
    wheel = next(folder.glob("*.whl"))
    try:
        return _described(wheel)
    except (InvalidWheelFilename, zipfile.BadZipFile, ValueError) as error:
        raise ConfigurationError(
            value=snapshot.asked,
            cause=f"builds {wheel.name}, which is no wheel: {error}",
            action="look at what its build backend writes",
        ) from error


def _build(snapshot: Snapshot, python: Path, folder: Path) -> None:
    with scratch_folder(folder.parent) as scratch:
        # Backends write into the tree that they build.
        tree = scratch / "tree"
        shutil.copytree(snapshot.source, tree, symlinks=True)
        # The copy of a checkout is without its history; a source archive has its version in it.
        extra = {} if snapshot.commit is None else {"SETUPTOOLS_SCM_PRETEND_VERSION": _version(snapshot.described)}
        out = scratch / "wheel"
        arguments = ["build", "--wheel", "--no-sources", "--python", str(python), "--out-dir", str(out)]
        done = run_uv([*arguments, str(tree)], cwd=scratch, deadline=_DEADLINE, extra=extra)
        if done.returncode != 0 or not any(out.glob("*.whl")):
            failure = explain(done)
            if failure.kind is FailureKind.STORAGE:
                raise no_room(folder.parent, failure.reason)
            if failure.kind is FailureKind.UNREACHABLE:
                raise IndexUnavailableError(
                    value=snapshot.asked,
                    cause=f"was not built, since what that needs was not reached: {failure.reason}",
                    action=f"run the same command again where the index can be reached, or {index_settings().remedy}",
                )
            raise ConfigurationError(
                value=snapshot.asked,
                cause=f"does not build: {_cause(done)}",
                action="mend it until `uv build --wheel` builds it",
            )
        out.rename(folder)


def _cause(done: Completed) -> str:
    """Return uv's reason, and in front of it the last line that the backend wrote: the exception, as a rule."""
    reason = explain(done).reason
    said, _, _ = done.stderr.partition("\nerror: ")
    last = [line.strip() for line in said.splitlines() if line.strip()][-1:]
    return f"{last[0]} ({reason})" if last and not said.startswith("error: ") else reason


def _version(described: str | None) -> str:
    """Return the version that a backend without the history of the checkout is told."""
    match = re.match(r"v?(\d[\w.!+]*?)(?:-(\d+)-g([0-9a-f]+))?$", described or "")
    if match is None:
        return "0.0"
    return match[1] if match[2] is None else f"{match[1]}.post{match[2]}+g{match[3]}"


def _described(wheel: Path) -> BuiltTarget:
    name, version, _, _ = parse_wheel_filename(wheel.name)
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        metadata = [each for each in names if each.count("/") == 1 and each.endswith(".dist-info/METADATA")]
        if len(metadata) != 1:
            raise ValueError(f"it has {plural(len(metadata), 'file')} of metadata")
        raw, _ = parse_email(packed.read(metadata[0]))
    tops = {each.split("/")[0] for each in names if each.endswith((".py", ".so", ".pyd"))}
    modules = {top.split(".")[0] for top in tops if not top.endswith((".dist-info", ".data"))}
    return BuiltTarget(
        name=str(name),
        version=str(version),
        wheel=wheel,
        requires=tuple(each for each in raw.get("requires_dist", ()) if parsed_requirement(each) is not None),
        modules=tuple(sorted(each for each in modules if each.isidentifier() and each not in {"tests", "test"})),
    )
