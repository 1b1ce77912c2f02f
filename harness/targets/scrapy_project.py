"""Scrapy projects: which there are in a folder, and what is known of one before any of it runs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from harness.infra.errors import ConfigurationError
from harness.targets.project_files import read_ini, read_text, read_toml, refuse_wrong, required_name
from harness.targets.project_requirements import READ, ProjectRequirements, read_requirements
from harness.targets.settings import PYPROJECT, TargetSettings

CONFIG = "scrapy.cfg"
_LOWER = frozenset({"~=", ">="})
"""What an author says of the lowest version; a lock says nothing of it."""
_CONTRACT = re.compile(r"^\s*@url\b", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapyProject:
    """A project as it was read."""

    folder: str
    """Of its `scrapy.cfg`, from the top of the target; empty: the top."""
    settings: str
    """The module of its settings."""
    paths: tuple[str, ...]
    """Folders in which its modules are, from `folder`."""
    has_contracts: bool
    """Whether a docstring in it looks like a contract."""
    found: ProjectRequirements

    @property
    def locked_scrapy(self) -> Version | None:
        """The release of Scrapy that it has locked."""
        try:
            return Version(self.found.pins["scrapy"])
        except (KeyError, InvalidVersion):
            return None

    @property
    def package(self) -> str:
        """The top-level name of its settings."""
        return self.settings.partition(".")[0]

    def needing(self, requirements: Sequence[str]) -> ScrapyProject:
        """Return the same with more that it asks for. Raises `ConfigurationError` for what is no requirement."""
        for text in requirements:
            refuse_wrong(text)
        return replace(self, found=replace(self.found, requires=(*self.found.requires, *requirements)))

    def pins(self) -> tuple[str, ...]:
        """Return what holds everything but Scrapy, which is an axis, to the locked versions."""
        return tuple(f"{name}=={version}" for name, version in sorted(self.found.pins.items()) if name != "scrapy")

    def today(self) -> tuple[str, ...]:
        """Return what it asks for beside Scrapy, as it is written."""
        return tuple(each for each in self.found.requires if required_name(each) != "scrapy")

    def onwards(self) -> tuple[str, ...]:
        """Return what it asks for beside Scrapy, free to go up: without upper bounds and locked versions."""
        return tuple(_onwards(each) for each in self.today())


def _onwards(text: str) -> str:
    """Return a requirement without what keeps it from later versions; what it has of lower bounds stays."""
    requirement = Requirement(text)
    if requirement.url is not None:
        return text
    lower = [each.version.removesuffix(".*") for each in requirement.specifier if each.operator in _LOWER]
    requirement.specifier = SpecifierSet(f">={lower[0]}" if lower else "")
    return str(requirement)


def project_folders(source: Path) -> list[str]:
    """Return the folders that have a `scrapy.cfg`, from the top of a target; the top is an empty text."""
    found = []
    for place, folders, files in os.walk(source):
        folders.sort()
        if CONFIG in files:
            path = Path(place).relative_to(source).as_posix()
            found.append("" if path == "." else path)
    return sorted(found, key=lambda each: (each.count("/") if each else -1, each))


def chosen_folder(source: Path, wanted: str | None, *, asked: str) -> str | None:
    """Return the folder of the project that a target is; None: it is none, but a package.

    `wanted`: the folder that the user names. A target that can be built is a project only where its `scrapy.cfg` is at
    its top, or where one is named. Raises `ConfigurationError` where it has several and none is named, and where the
    one that is named is not there.
    """
    found = project_folders(source)
    if wanted is not None:
        name = wanted.strip("/").removeprefix("./").removesuffix(f"/{CONFIG}").removesuffix(CONFIG)
        name = "" if name == "." else name
        if name not in found:
            there = ", ".join(each or "." for each in found)
            raise ConfigurationError(
                value=f"--project {wanted}",
                cause=f"has no {CONFIG}",
                action=f"name one of {there}" if found else f"{asked} has no {CONFIG} at all: leave out --project",
            )
        return name
    if not found or ("" not in found and _is_built(source)):
        return None
    if len(found) > 1:
        raise ConfigurationError(
            value=asked,
            cause=f"has {len(found)} Scrapy projects: {', '.join(each or '.' for each in found)}",
            action="choose one with --project FOLDER",
        )
    return found[0]


def _is_built(source: Path) -> bool:
    """Return whether pip can install a target: a pyproject.toml may hold nothing but settings of tools."""
    return (
        (source / "setup.py").is_file()
        or (source / "setup.cfg").is_file()
        or "build-system" in read_toml(source / PYPROJECT)
    )


def read_project(source: Path, folder: str, settings: TargetSettings, *, asked: str) -> ScrapyProject:
    """Return what the files of a project say; `folder` as `chosen_folder` returns it.

    Raises `ConfigurationError` where its `scrapy.cfg` names no settings, and where nothing says what it needs.
    """
    place = source / folder
    module = read_ini(place / CONFIG).get("settings", "default", fallback="").strip()
    if not re.fullmatch(r"\w+(\.\w+)*", module):
        raise ConfigurationError(
            value=f"{asked}: {Path(folder) / CONFIG}",
            cause="names no settings module",
            action="write `default = PACKAGE.settings` below [settings]",
        )
    above = [place, *(each for each in place.parents if each == source or source in each.parents)]
    found = read_requirements(above, source, tuple(settings.requires))
    if not found.requires and not found.pins:
        raise ConfigurationError(
            value=asked,
            cause=f"does not say what it needs: nothing could be read of {', '.join(READ)} and of lock files",
            action="write requirements.txt with a line for each package, such as scrapy==2.11.2",
        )
    return ScrapyProject(
        folder=folder,
        settings=module,
        paths=tuple(_paths(place, module)),
        has_contracts=any(_CONTRACT.search(read_text(each)) for each in _sources(place)),
        found=found,
    )


def _paths(place: Path, module: str) -> Iterator[str]:
    """Yield the folder itself, as Scrapy puts it on the path, and `src` where the modules of the project are there."""
    yield ""
    top = module.partition(".")[0]
    if not _has_module(place, top) and _has_module(place / "src", top):
        yield "src"


def _has_module(folder: Path, name: str) -> bool:
    return (folder / name).is_dir() or (folder / f"{name}.py").is_file()


def _sources(place: Path) -> Sequence[Path]:
    return sorted(place.rglob("*.py"))
