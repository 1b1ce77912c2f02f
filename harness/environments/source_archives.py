"""Source archives that uv refuses for the form of their name, in the form it takes.

Before PEP 625 a source archive could be a `.tar.bz2`, or be named `Twisted-...`. pip builds from such a file;
uv does not look at it. The content stays what it is, byte for byte, under another name.
"""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from harness.environments.lockfiles import entries, normalise
from harness.infra.files import replace_file, scratch_folder
from harness.infra.packages.index import fetch_source


def repack(requirements: Sequence[str], folder: Path, index: str) -> None:
    """Put the source archive of each `name==version` into `folder` as `name-version.tar.gz`, once.

    Raises `IndexUnavailableError` if the index cannot be reached or has no such archive.
    """
    for requirement in requirements:
        target = archive_of(requirement, folder)
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".guard")):
            if not target.exists():
                name, _, version = requirement.partition("==")
                with scratch_folder(folder) as place:
                    draft = place / target.name
                    _rename_inside(fetch_source(name, version, index, place), draft)
                    replace_file(draft, target)


def archive_of(requirement: str, folder: Path) -> Path:
    """Where `repack` puts the archive of `name==version`."""
    name, _, version = requirement.partition("==")
    return folder / f"{normalise(name).replace('-', '_')}-{version}.tar.gz"


def with_hashes(lock: str, requirements: Sequence[str], folder: Path) -> str:
    """`lock` with the hashes of repacked archives where it names them without one, as uv leaves it."""
    for entry in entries(lock):
        for requirement in requirements:
            name, _, version = requirement.partition("==")
            if not entry.hashed and (entry.name, entry.version) == (normalise(name), version):
                digest = hashlib.sha256(archive_of(requirement, folder).read_bytes()).hexdigest()
                lock = lock.replace(entry.text, f"{entry.name}=={version} \\\n    --hash=sha256:{digest}\n")
    return lock


def _rename_inside(source: Path, target: Path) -> None:
    """The files of the archive `source` as a `.tar.gz` whose folder is named as the file; always the same bytes."""
    root = target.name.removesuffix(".tar.gz")
    with (
        tarfile.open(source) as old,
        target.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in old:
            member.name = "/".join([root, *member.name.split("/")[1:]])
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
