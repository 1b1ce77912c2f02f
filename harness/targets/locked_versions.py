"""The versions that a project's lock files name: uv.lock, poetry.lock, Pipfile.lock. Files are read and not run."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.targets.project_files import read_text, read_toml, table


def read_locks(folder: Path) -> tuple[dict[str, str], str]:
    """Return version by package, of the first lock file of a folder, and its name; nothing where there is none.

    A package that the file has in several versions, for several Pythons or platforms, is left out.
    """
    for name, read in _READERS.items():
        found = read(folder / name)
        if found:
            return found, name
    return {}, ""


def _of_packages(path: Path) -> dict[str, str]:
    """Return the packages of a uv.lock or a poetry.lock; what comes from a folder is the project itself."""
    packages = read_toml(path).get("package")
    if not isinstance(packages, list):
        return {}
    listed = [each for each in packages if isinstance(each, dict) and _from_index(each)]
    return _once((each.get("name"), each.get("version")) for each in listed)


def _from_index(package: Mapping[str, Any]) -> bool:
    source = table(package, "source")
    return not source or "registry" in source or source.get("type") == "legacy"


def _of_pipfile(path: Path) -> dict[str, str]:
    try:
        found = json.loads(read_text(path))
    except ValueError:
        return {}
    default = table(found, "default") if isinstance(found, dict) else {}
    return _once((name, each.get("version")) for name, each in default.items() if isinstance(each, dict))


def _once(pairs: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    versions: dict[str, set[str]] = defaultdict(set)
    for name, version in pairs:
        if isinstance(name, str) and isinstance(version, str) and _is_version(version.removeprefix("==")):
            versions[canonicalize_name(name)].add(version.removeprefix("=="))
    return {name: found.pop() for name, found in versions.items() if len(found) == 1}


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


_READERS = {"uv.lock": _of_packages, "poetry.lock": _of_packages, "Pipfile.lock": _of_pipfile}
