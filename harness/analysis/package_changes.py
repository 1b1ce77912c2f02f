"""Which packages differ between two environments."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

PYTHON_BUILD = "python_build"
"""Stands among packages for what the interpreter says of itself."""
_IMPLEMENTATION = re.compile(r"^[A-Za-z]+ (?=\d)")
_OF_BUILD = (re.compile(r"\d+\.\d+\.\d+\S*"), re.compile(r"PyPy \S+"))
"""The version of the language, which stands first, and that of PyPy."""


class PackageChange(NamedTuple):
    """One package that two environments have differently; None: it was not there."""

    package: str
    before: str | None
    after: str | None


def package_changes(
    before: Mapping[str, str], after: Mapping[str, str], *, left_out: Collection[str] = (PYTHON_BUILD,)
) -> tuple[PackageChange, ...]:
    """Return the packages whose versions differ, by name."""
    return tuple(
        PackageChange(package, before.get(package), after.get(package))
        for package in sorted(before.keys() | after.keys())
        if before.get(package) != after.get(package) and package not in left_out
    )


def named_build(text: str) -> str:
    """Return a build of Python without its implementation's name, which only a process in the environment adds."""
    return _IMPLEMENTATION.sub("", text)


def python_version(text: str) -> str:
    """Return the version of a build of Python, without when and with what it was built."""
    return " ".join(found[0] for each in _OF_BUILD if (found := each.search(text))) or text
