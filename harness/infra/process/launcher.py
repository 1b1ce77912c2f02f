"""How programs of a platform are started on this machine: as they are, or by another program that runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """What stands before a program's name, what its environment has beside, and how it is told of files."""

    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    name_of: Callable[[Path], str] = str
    """A file of this machine as the program has to name it."""
    temporary: tuple[str, ...] = ("TMPDIR", "TEMP", "TMP")
    """Variables of the environment that tell a Python where temporary files go."""
    patience: float = 1.0
    """Times as long as on this machine itself a program may get nowhere before it counts as hung."""


NATIVE = Launcher()
"""Programs of this machine."""
