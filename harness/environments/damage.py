"""What the use of an environment has changed in it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.environments.bytecode import genuine
from harness.environments.cached_dirs import compare
from harness.environments.manifest import NAME
from harness.infra.process.launcher import Launcher

_REWRITTEN = "-pytest-"
"""In the names of bytecode of modules in which pytest has rewritten the assertions."""


def find_damage(folders: Iterable[Path], python: Path, launcher: Launcher) -> tuple[str, ...]:
    """Paths in `folders` of what has changed, vanished or appeared; bytecode is that of the interpreter `python`.

    Bytecode that has come is kept if it is what its module compiles to, else it is removed and is damage.
    """
    found: list[str] = []
    for folder in folders:
        known = compare(folder)
        if known is None:
            found.append(NAME)
            continue
        caches = [folder / path for path in known.caches]
        compiled = [file for file in caches if file.suffix == ".pyc"]
        same = genuine(python, compiled, launcher) if compiled else set()
        for file in {*caches} - same:
            file.unlink(missing_ok=True)
        found += known.damage
        # What a process was killed in writing is never loaded. What pytest has rewritten is no damage, and is gone.
        compiled = [file for file in compiled if _REWRITTEN not in file.name]
        found += [file.relative_to(folder).as_posix() for file in compiled if file not in same]
    return tuple(sorted(found))
