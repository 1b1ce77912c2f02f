"""What a lock file says. Pure functions over the text that `uv pip compile` prints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_STARTS = re.compile(r"^(?=\S)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9._-]+(?:\[[^]]*\])?==([^\s;\\]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockEntry:
    """One package of a lock file."""

    name: str
    """Normalised: lower case, single hyphens."""
    version: str | None
    """None for a direct reference."""
    hashed: bool
    text: str
    """The lines of the entry, each with its end."""


def normalise(name: str) -> str:
    """The normalised form of a package name."""
    return re.sub(r"[-_.]+", "-", name).lower()


@lru_cache(maxsize=200)
def entries(lock: str) -> tuple[LockEntry, ...]:
    """The entries of `lock` in its order; comments that stand alone are left out."""
    blocks = _STARTS.split(lock)
    return tuple(_entry(block) for block in blocks if block.strip() and not block.startswith("#"))


def without(lock: str, base: str) -> str:
    """The entries of `lock` whose packages `base` does not have."""
    there = {entry.name for entry in entries(base)}
    return "".join(entry.text for entry in entries(lock) if entry.name not in there)


def overlap(lock: str, base: str) -> bool:
    """Whether the two name a package in common."""
    return bool({entry.name for entry in entries(lock)} & {entry.name for entry in entries(base)})


def pins(lock: str) -> list[str]:
    """`name==version` of every entry that has a version, to hold them in place elsewhere."""
    return [f"{entry.name}=={entry.version}" for entry in entries(lock) if entry.version is not None]


def _entry(block: str) -> LockEntry:
    name, version = _NAME.match(block), _VERSION.match(block)
    return LockEntry(
        name=normalise(name[0]) if name else block.split(maxsplit=1)[0],
        version=version[1] if version else None,
        hashed="--hash=" in block,
        text=block,
    )
