"""A copy of a target in the cache, by its content: what is measured does not change while it is, and nothing is ever
written into the user's own tree."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from harness.environments.locks import content_hash
from harness.infra.errors import ConfigurationError
from harness.infra.files import cache_errors, scratch_folder
from harness.infra.packages.index import configured_index, fetch_releases, fetch_source
from harness.infra.process.supervisor import clean_environment, run

_LEFT_OUT = frozenset(
    {".git", ".hg", "__pycache__", ".tox", ".nox", ".venv", "node_modules", ".pytest_cache", ".mypy_cache",
     ".ruff_cache", ".scrapy-compat", ".eggs"}
)  # fmt: skip
"""Folders that tools make, wherever they are."""
_LEFT_OUT_AT_TOP = frozenset({"build", "dist", "venv"})
"""The same; deeper in a tree such a name may be that of a package."""
_GIT = 20.0
_LARGEST = 512 << 20
"""Bytes of a target; what is larger is no plugin and fills the cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A target as it was at one moment."""

    asked: str
    """As it was written: a path or a requirement."""
    name: str
    """That of the folder or of what was asked for."""
    source: Path
    """The copy, without what building and testing leave behind."""
    digest: str
    """Of its content."""
    commit: str | None
    """The commit of a checkout, short; None where it is none."""
    dirty: bool
    """Whether the checkout had changes."""
    described: str | None
    """What `git describe` says, for backends that make a version of it."""

    @property
    def revision(self) -> str:
        """What tells this content apart for people."""
        return f"commit {self.commit}{', dirty' if self.dirty else ''}" if self.commit else f"content {self.digest[:8]}"


def take_snapshot(asked: str, cache: Path, without: Collection[Path] = ()) -> Snapshot:
    """Return the copy of a target: a folder, an archive (`.tar.gz`, `.zip`), or a requirement such as
    `scrapy-poet==0.26`, of which the source archive is fetched.

    `without`: folders that are no part of it, wherever they are. Raises `ConfigurationError` where it is none of these,
    `IndexUnavailableError`, `StorageError`.
    """
    path = Path(asked)
    with cache_errors(cache):
        (cache / "targets").mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            return _of_folder(asked, path, cache, without)
        with scratch_folder(cache / "targets") as scratch:
            archive = path if path.is_file() else _fetched(asked, scratch)
            return _of_folder(asked, _unpacked(archive, scratch / "tree"), cache, ())


def _of_folder(asked: str, folder: Path, cache: Path, without: Collection[Path]) -> Snapshot:
    root, others = folder.resolve(), {each.resolve() for each in without}

    def left_out(place: str, names: Sequence[str]) -> set[str]:
        here = Path(place).resolve()
        return {name for name in names if _is_left_out(here / name, at_top=here == root) or here / name in others}

    _refuse_large(root, left_out)
    with scratch_folder(cache / "targets") as scratch:
        draft = scratch / "source"
        shutil.copytree(root, draft, symlinks=True, ignore=left_out)
        digest = content_hash(draft, skipped=())
        source = cache / "targets" / digest[:24] / "source"
        if not source.is_dir():
            source.parent.mkdir(exist_ok=True)
            try:
                draft.rename(source)
            except OSError:
                # Somebody else has just put the same there.
                if not source.is_dir():
                    raise
    commit, dirty, described = _git(root)
    return Snapshot(
        asked=asked, name=root.name, source=source, digest=digest, commit=commit, dirty=dirty, described=described
    )


def _is_left_out(path: Path, *, at_top: bool) -> bool:
    if path.name in _LEFT_OUT or (at_top and path.name in _LEFT_OUT_AT_TOP):
        return True
    # A socket or a pipe cannot be copied.
    return path.name.endswith((".egg-info", ".pyc")) or not (path.is_symlink() or path.is_dir() or path.is_file())


def _refuse_large(folder: Path, left_out: Callable[[str, Sequence[str]], set[str]]) -> None:
    size = 0
    for place, names, files in os.walk(folder):
        out = left_out(place, [*names, *files])
        names[:] = [name for name in names if name not in out]
        size += sum(Path(place, file).lstat().st_size for file in files if file not in out)
        if size > _LARGEST:
            raise ConfigurationError(
                value=str(folder), cause=f"has more than {_LARGEST >> 20} MB", action="name the folder of one project"
            )


def _git(folder: Path) -> tuple[str | None, bool, str | None]:
    if not (folder / ".git").exists():
        return None, False, None

    def asked(*arguments: str) -> str | None:
        # A checkout can name a program that git runs to look for changes.
        command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", *arguments]
        env = clean_environment({"GIT_OPTIONAL_LOCKS": "0"})
        done = run(command, env=env, deadline=_GIT, sweep=False)
        return done.stdout.strip() if done.returncode == 0 else None

    if shutil.which("git") is None:
        return None, False, None
    return asked("rev-parse", "--short", "HEAD"), bool(asked("status", "--porcelain")), asked("describe", "--tags")


def _fetched(asked: str, scratch: Path) -> Path:
    try:
        requirement = Requirement(asked)
    except InvalidRequirement:
        raise ConfigurationError(
            value=asked,
            cause="is no folder, no file and no requirement",
            action="name a project's folder, its source archive, or a release such as scrapy-poet==0.26",
        ) from None
    index = configured_index()
    releases = [each for each in fetch_releases(requirement.name, index) if not each.yanked]
    fitting = [each.version for each in releases if requirement.specifier.contains(each.version)]
    if not fitting:
        known = ", ".join(str(each.version) for each in releases[-3:])
        raise ConfigurationError(
            value=asked, cause="the index has no such release", action=f"name one that it has: ..., {known}"
        )
    return fetch_source(requirement.name, str(max(fitting)), index, scratch)


def _unpacked(archive: Path, folder: Path) -> Path:
    """Return the one folder that a source archive holds, unpacked into `folder`; nothing of it gets outside."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(folder)  # noqa: S202 (it writes nothing outside)
        else:
            if not hasattr(tarfile, "data_filter"):
                raise ConfigurationError(
                    value=str(archive),
                    cause="cannot be unpacked safely by this Python",
                    action="use Python 3.10.12, 3.11.4 or later, or unpack it and name the folder",
                )
            with tarfile.open(archive) as packed_tar:
                packed_tar.extractall(folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise ConfigurationError(
            value=str(archive), cause=f"cannot be unpacked: {error}", action="name a source archive or a folder"
        ) from error
    found = list(folder.iterdir())
    return found[0] if len(found) == 1 and found[0].is_dir() else folder
