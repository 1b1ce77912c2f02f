"""Folders of scenarios as they travel: named by what is in them, so that a worker which has the same needs no copy."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from harness.executors.dask.messages import digest
from harness.infra.errors import ConfigurationError
from harness.scenarios.catalogue import files_of

Bundle = Mapping[str, bytes]
"""Content of the files of a folder by their names in there, with `/`."""

LARGEST = 16 << 20
"""Bytes of a folder that are sent: it goes through the memory of the scheduler."""


def bundle_of(folder: Path) -> Bundle:
    """What is in a folder of scenarios; `ConfigurationError` where that is too much to be sent."""
    files = files_of(folder)
    size = sum(file.stat().st_size for file in files.values())
    if size > LARGEST:
        raise ConfigurationError(
            value=str(folder),
            cause=f"holds {size >> 20} MiB, and workers are sent no more than {LARGEST >> 20}",
            action="keep large files in a folder of their own, or install them as a package that scenarios require",
        )
    return {name: file.read_bytes() for name, file in files.items()}


def name_of(bundle: Bundle) -> str:
    """Sixteen hex digits that differ where the content does."""
    return digest([[name, base64.b64encode(bundle[name])] for name in sorted(bundle)])


def unpacked(bundle: Bundle, place: Path) -> Path:
    """The folder with that content below `place`, where it is written unless it is there.

    `ValueError` for a name that leads out of the folder.
    """
    folder = place / name_of(bundle)
    if folder.is_dir():
        return folder
    draft = place / f".{folder.name}"
    for name, content in bundle.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
            raise ValueError(f"{name!r} leads out of its folder")
        file = draft / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    draft.rename(folder)
    return folder
