"""What a Scrapy project asks for and has locked, from the files in which people write that. Nothing of it is run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet

from harness.targets.locked_versions import read_locks
from harness.targets.project_files import (
    parsed_requirement,
    read_ini,
    read_text,
    read_toml,
    required_name,
    setup_arguments,
    table,
    texts,
    written_lines,
)
from harness.targets.settings import PYPROJECT
from harness.targets.written_requirements import (
    RequirementLines,
    pep440,
    pinned_versions,
    specifier_of,
    table_requirement,
)

_FILES = (
    "requirements.txt",
    "requirements/production.txt",
    "requirements/prod.txt",
    "requirements/base.txt",
    "requirements/requirements.txt",
    "requirements/common.txt",
    "requirements.in",
    "requirements/base.in",
)
READ = ("requirements.txt", PYPROJECT, "Pipfile", "setup.cfg", "setup.py")
"""The files that are looked for, for people."""
_VERSION = re.compile(r"(?:python-|cpython-)?(3\.\d+)(?:\.\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRequirements:
    """What was read; and for each value the file that it was read from."""

    requires: tuple[str, ...]
    """What is asked for directly, as requirements."""
    pins: Mapping[str, str]
    """Version by package, of what is locked, or asked for in one version alone."""
    python: str | None
    """The Python that a file names alone, such as `3.8`."""
    requires_python: SpecifierSet
    left_out: tuple[str, ...]
    """What cannot be resolved, and where it stands."""
    read_from: Mapping[str, str] = field(default_factory=dict)

    @property
    def scrapy(self) -> SpecifierSet:
        """What is asked of Scrapy; empty where nothing is."""
        found = [parsed_requirement(each) for each in self.requires if required_name(each) == "scrapy"]
        return found[0].specifier if found and found[0] is not None else SpecifierSet()


def read_requirements(folders: list[Path], root: Path, given: tuple[str, ...]) -> ProjectRequirements:
    """Return what the files of a project say: `folders` are its own, then those above it, up to `root`.

    `given`: requirements in place of those that are found. The first place that asks for Scrapy counts, else the first
    that asks for anything.
    """
    reader = _ProjectReader(folders, root)
    places = [each for each in reader.requirements() if each.requires]
    with_scrapy = [each for each in places if any(required_name(text) == "scrapy" for text in each.requires)]
    chosen = next(iter((*with_scrapy, *places)), _Found(where=""))
    if given:
        chosen = _Found(requires=given, where=f"{PYPROJECT}: tool.scrapy-compat.requires")
    locked, locked_from = reader.locks()
    written = {**pinned_versions(chosen.constraints), **pinned_versions(chosen.requires)}
    python, python_from = reader.python()
    specifier, specifier_from = reader.requires_python()
    places_of = {
        "requires": chosen.where,
        "pins": locked_from or (chosen.where if written else ""),
        "requires_python": python_from or specifier_from,
        "scrapy": (locked_from if "scrapy" in locked else "") or chosen.where,
    }
    return ProjectRequirements(
        requires=chosen.requires,
        pins={**written, **locked},
        python=python,
        requires_python=specifier,
        left_out=chosen.left_out,
        read_from={key: place for key, place in places_of.items() if place},
    )


@dataclass(slots=True, kw_only=True)
class _Found:
    """What one place says."""

    where: str
    requires: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class _ProjectReader:
    """The files of one project that say what it needs."""

    def __init__(self, folders: list[Path], root: Path) -> None:
        self._folders = folders
        self._root = root
        self._pyprojects = {each: read_toml(each / PYPROJECT) for each in folders}
        self._pipfiles = {each: read_toml(each / "Pipfile") for each in folders}

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def requirements(self) -> Iterator[_Found]:
        for folder in self._folders:
            yield from self._of_pyproject(folder)
            yield self._of_tables(table(self._pipfiles[folder], "packages"), folder / "Pipfile", "packages")
            for name in _FILES:
                lines = RequirementLines()
                lines.read(folder / name, self._root)
                yield _Found(
                    where=self._name(folder / name), requires=tuple(lines.requires),
                    constraints=tuple(lines.constraints), left_out=tuple(lines.left_out),
                )  # fmt: skip
            written = read_ini(folder / "setup.cfg").get("options", "install_requires", fallback="")
            yield _Found(
                where=f"{self._name(folder / 'setup.cfg')}: options.install_requires",
                requires=tuple(each for each in written_lines(written) if parsed_requirement(each)),
            )
            arguments = setup_arguments(folder / "setup.py")
            yield _Found(
                where=f"{self._name(folder / 'setup.py')}: install_requires",
                requires=tuple(each for each in texts(arguments.get("install_requires")) if parsed_requirement(each)),
            )

    def _of_pyproject(self, folder: Path) -> Iterator[_Found]:
        project, path = table(self._pyprojects[folder], "project"), folder / PYPROJECT
        listed = texts(project.get("dependencies"))
        yield _Found(
            where=f"{self._name(path)}: project.dependencies",
            requires=tuple(each for each in listed if parsed_requirement(each)),
        )
        poetry = table(table(self._pyprojects[folder], "tool"), "poetry")
        yield self._of_tables(table(poetry, "dependencies"), path, "tool.poetry.dependencies")

    def _of_tables(self, packages: Mapping[str, Any], path: Path, key: str) -> _Found:
        """Return what a table of poetry's or Pipfile's asks for: a version by package, or a table with more."""
        found, left_out = [], []
        for name, value in packages.items():
            if name.lower() == "python":
                continue
            text = table_requirement(name, value)
            if text is None:
                left_out.append(f"{name} ({self._name(path)}: {key})")
            elif text:
                found.append(text)
        return _Found(where=f"{self._name(path)}: {key}", requires=tuple(found), left_out=tuple(left_out))

    def locks(self) -> tuple[dict[str, str], str]:
        for folder in self._folders:
            found, name = read_locks(folder)
            if found:
                return found, self._name(folder / name)
        return {}, ""

    def python(self) -> tuple[str | None, str]:
        """Return the one Python that is named, and where."""
        for folder in self._folders:
            for name in (".python-version", "runtime.txt"):
                lines = written_lines(read_text(folder / name))
                match = _VERSION.fullmatch(lines[0]) if lines else None
                if match is not None:
                    return match[1], self._name(folder / name)
            requires = table(self._pipfiles[folder], "requires")
            for key in ("python_version", "python_full_version"):
                match = _VERSION.fullmatch(str(requires.get(key)))
                if match is not None:
                    return match[1], f"{self._name(folder / 'Pipfile')}: requires.{key}"
        return None, ""

    def requires_python(self) -> tuple[SpecifierSet, str]:
        for folder in self._folders:
            data = self._pyprojects[folder]
            poetry = table(table(table(data, "tool"), "poetry"), "dependencies").get("python")
            written = {
                f"{PYPROJECT}: project.requires-python": table(data, "project").get("requires-python"),
                f"{PYPROJECT}: tool.poetry.dependencies.python": pep440(poetry) if isinstance(poetry, str) else None,
                "setup.py: python_requires": setup_arguments(folder / "setup.py").get("python_requires"),
            }
            for where, text in written.items():
                if isinstance(text, str) and text and specifier_of(text) is not None:
                    return SpecifierSet(text), where
        return SpecifierSet(), ""
