"""Which packages differ between two environments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple


class PackageChange(NamedTuple):
    """One package that two environments have differently; None: it was not there."""

    package: str
    before: str | None
    after: str | None


def package_changes(
    before: Mapping[str, str], after: Mapping[str, str], *, left_out: Collection[str] = ("python_build",)
) -> tuple[PackageChange, ...]:
    """Return the packages whose versions differ, by name."""
    return tuple(
        PackageChange(package, before.get(package), after.get(package))
        for package in sorted(before.keys() | after.keys())
        if before.get(package) != after.get(package) and package not in left_out
    )
