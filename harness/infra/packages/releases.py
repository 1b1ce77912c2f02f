"""The releases of packages that a Python can have, asked of the index once."""

from __future__ import annotations

import threading

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from harness.infra.packages.index import Release, fetch_releases


class ReleaseList:
    """Releases as the index tells them. May be used from several threads."""

    def __init__(self, index: str) -> None:
        self._index = index
        self._known: dict[str, tuple[Release, ...]] = {}
        self._lock = threading.Lock()

    def of(self, package: str, python: str) -> list[Release]:
        """The releases that a Python (`3.10.4`) can have, oldest first, without pre-releases and yanked ones.

        Raises `IndexUnavailableError`.
        """
        with self._lock:
            if package not in self._known:
                self._known[package] = fetch_releases(package, self._index)
        return [
            each
            for each in self._known[package]
            if not each.yanked and not each.version.is_prerelease and _allows(each.requires_python, python)
        ]


def _allows(specifier: str | None, python: str) -> bool:
    try:
        return specifier is None or SpecifierSet(specifier).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True  # What uv makes of it shows when it is tried.
