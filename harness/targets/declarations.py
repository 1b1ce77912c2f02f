"""What a target says of itself: its name, the ranges that it declares, and what its tests need and are given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidName, canonicalize_name

from harness.infra.errors import ConfigurationError
from harness.targets.project_files import (
    group,
    parsed_requirement,
    read_ini,
    read_text,
    read_toml,
    refuse_wrong,
    required_name,
    requirements,
    setup_arguments,
    table,
    texts,
    written_lines,
)
from harness.targets.scrapy_project import ScrapyProject
from harness.targets.settings import PYPROJECT, TargetSettings

_BUILT_FROM = (PYPROJECT, "setup.py", "setup.cfg")
_TEST_GROUPS = ("test", "tests", "testing", "dev", "develop")
_TEST_TOOLS = frozenset({"pytest", "twisted", "pytest-twisted", "pytest-asyncio"})
_TEST_FILES = (
    "tests/requirements.txt",
    "requirements-test.txt",
    "requirements-tests.txt",
    "test-requirements.txt",
    "tests-requirements.txt",
    "requirements/test.txt",
    "requirements/tests.txt",
    "requirements-dev.txt",
    "requirements_dev.txt",
)
_TEST_FOLDERS = ("tests", "test")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """What was read, and for each value the file that it was read from."""

    name: str
    """As the index writes it; that of its folder where nothing says it."""
    version: str | None
    requires_python: SpecifierSet
    classifiers: tuple[str, ...]
    """The Pythons that its classifiers name, such as `3.12`."""
    scrapy: SpecifierSet
    test_requirements: tuple[str, ...]
    arguments: tuple[str, ...]
    """Of pytest."""
    environment: Mapping[str, str]
    has_tests: bool
    read_from: Mapping[str, str] = field(default_factory=dict)
    """File and place in it, by field."""
    project: ScrapyProject | None = None
    """What is known of it where it is a Scrapy project: its spiders are tried, and not its tests."""

    def allows(self, python: str, scrapy: str) -> bool:
        """Return whether it declares a Python, such as `3.12`, and a release of Scrapy; a branch is never left out."""
        released = not scrapy[:1].isdigit() or self.scrapy.contains(scrapy, prereleases=True)
        return released and self.requires_python.contains(f"{python}.9999")

    def given(self, arguments: tuple[str, ...], folder: Path) -> Declarations:
        """Return the same with more arguments of pytest; paths among them stand in place of those that were found."""
        if any((folder / each.partition("::")[0]).exists() for each in arguments if not each.startswith("-")):
            kept = tuple(each for each in self.arguments if not (folder / each).exists())
            return replace(self, arguments=(*kept, *arguments))
        return replace(self, arguments=(*self.arguments, *arguments))

    def needing(self, requirements: tuple[str, ...]) -> Declarations:
        """Return the same with more that the tests need. Raises `ConfigurationError` for what is no requirement."""
        for text in requirements:
            refuse_wrong(text)
        return replace(self, test_requirements=(*self.test_requirements, *requirements))


def read_declarations(folder: Path, settings: TargetSettings, *, asked: str, called: str) -> Declarations:
    """Return what the files of a target declare; `settings` go before all that is found.

    `asked`: how the target was written. `called`: its name where no file says one. `ConfigurationError` where nothing
    says how it is built.
    """
    if not any((folder / name).is_file() for name in _BUILT_FROM):
        raise ConfigurationError(
            value=asked,
            cause=f"is no project: none of {', '.join(_BUILT_FROM)} is there",
            action="name the folder of a project that pip can install",
        )
    reader = _Reader(folder)
    tests, tests_from = reader.test_requirements(settings)
    if not any(required_name(each) == "pytest" for each in tests):
        tests, tests_from = (*tests, "pytest"), f"{tests_from}; pytest is added" if tests_from else "it is added"
    arguments, arguments_from = reader.arguments(settings)
    environment, environment_from = reader.environment()
    dependencies, dependencies_from = reader.dependencies()
    needed = [each for each in map(parsed_requirement, dependencies) if each is not None]
    scrapys = [each.specifier for each in needed if canonicalize_name(each.name) == "scrapy"]
    python, python_from = reader.value("requires-python", "options.python_requires", "python_requires")
    name, _ = reader.value("name", "metadata.name", "name")
    version, _ = reader.value("version", "metadata.version", "version")
    places = {
        "requires_python": python_from, "scrapy": dependencies_from, "test_requirements": tests_from,
        "arguments": arguments_from, "environment": environment_from, "classifiers": reader.classifiers_place(),
    }  # fmt: skip
    return Declarations(
        name=_name(name, called),
        version=version,
        requires_python=_specifiers(python),
        classifiers=tuple(re.findall(r"Python :: (3\.\d+)(?!\S)", "\n".join(reader.classifiers()))),
        scrapy=scrapys[0] if scrapys else SpecifierSet(),
        test_requirements=tests,
        arguments=arguments,
        environment={**environment, **settings.env},
        has_tests=reader.has_tests(settings),
        read_from={key: place for key, place in places.items() if place},
    )


def declare_project(folder: Path, project: ScrapyProject, settings: TargetSettings, *, called: str) -> Declarations:
    """Return what the files of a Scrapy project declare; `called`: its name where no file says one."""
    reader = _Reader(folder)
    name, _ = reader.value("name", "metadata.name", "name")
    version, _ = reader.value("version", "metadata.version", "version")
    return Declarations(
        name=_name(name, called),
        version=version,
        requires_python=project.found.requires_python,
        classifiers=(),
        scrapy=project.found.scrapy,
        test_requirements=(),
        arguments=(),
        environment=dict(settings.env),
        has_tests=False,
        read_from=project.found.read_from,
        project=project,
    )


class _Reader:
    """The files of one target that say something of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pyproject = read_toml(folder / PYPROJECT)
        self._project: dict[str, Any] = table(self._pyproject, "project")
        self._setup_cfg = read_ini(folder / "setup.cfg")
        self._setup_py = setup_arguments(folder / "setup.py")
        self._tox = read_ini(folder / "tox.ini")

    def value(self, static: str, ini: str, argument: str) -> tuple[str | None, str]:
        """Return a value and where it was read; None where nothing that can be read says it."""
        if isinstance(self._project.get(static), str):
            return self._project[static], f"{PYPROJECT}: project.{static}"
        section, _, option = ini.rpartition(".")
        written = self._setup_cfg.get(section, option, fallback="").strip()
        if written and not written.startswith(("attr:", "file:")):
            return written, f"setup.cfg: {ini}"
        if isinstance(self._setup_py.get(argument), str):
            return self._setup_py[argument], f"setup.py: {argument}"
        return None, ""

    def classifiers(self) -> tuple[str, ...]:
        """Return the trove classifiers."""
        written = written_lines(self._setup_cfg.get("metadata", "classifiers", fallback=""))
        return (*texts(self._project.get("classifiers")), *written, *texts(self._setup_py.get("classifiers")))

    def classifiers_place(self) -> str:
        """Return where classifiers were read; empty where there are none that can be read."""
        if texts(self._project.get("classifiers")):
            return f"{PYPROJECT}: project.classifiers"
        if written_lines(self._setup_cfg.get("metadata", "classifiers", fallback="")):
            return "setup.cfg: metadata.classifiers"
        return "setup.py: classifiers" if texts(self._setup_py.get("classifiers")) else ""

    def dependencies(self) -> tuple[tuple[str, ...], str]:
        """Return the requirements of the target itself, and where they were read."""
        if isinstance(self._project.get("dependencies"), list):
            return texts(self._project["dependencies"]), f"{PYPROJECT}: project.dependencies"
        written = written_lines(self._setup_cfg.get("options", "install_requires", fallback=""))
        if written:
            return tuple(written), "setup.cfg: options.install_requires"
        if isinstance(self._setup_py.get("install_requires"), list):
            return texts(self._setup_py["install_requires"]), "setup.py: install_requires"
        return (), ""

    def test_requirements(self, settings: TargetSettings) -> tuple[tuple[str, ...], str]:
        """Return what the tests need beside the target, and where it was read: the first place that has some."""
        if settings.requires:
            return tuple(settings.requires), f"{PYPROJECT}: tool.scrapy-compat.requires"
        places = chain(self._grouped_tests(), self._tox_tests(), self._setup_tests(), self._listed_tests())
        return next(((found, where) for found, where in places if found), ((), ""))

    def _grouped_tests(self) -> Iterator[tuple[tuple[str, ...], str]]:
        groups = table(self._pyproject, "dependency-groups")
        extras = table(self._project, "optional-dependencies")
        for name in _TEST_GROUPS:
            yield _with_tools(group(groups, name)), f"{PYPROJECT}: dependency-groups.{name}"
        for name in _TEST_GROUPS:
            yield _with_tools(texts(extras.get(name))), f"{PYPROJECT}: project.optional-dependencies.{name}"

    def _tox_tests(self) -> Iterator[tuple[tuple[str, ...], str]]:
        deps = written_lines(self._tox.get("testenv", "deps", fallback=""))
        yield tuple(requirements(deps, self._folder)), "tox.ini: testenv.deps"

    def _setup_tests(self) -> Iterator[tuple[tuple[str, ...], str]]:
        extras = table(self._setup_py, "extras_require")
        for name in _TEST_GROUPS:
            yield texts(extras.get(name)), f"setup.py: extras_require.{name}"
        yield texts(self._setup_py.get("tests_require")), "setup.py: tests_require"

    def _listed_tests(self) -> Iterator[tuple[tuple[str, ...], str]]:
        for name in _TEST_FILES:
            path = self._folder / name
            yield tuple(requirements(written_lines(read_text(path)), path.parent)), name

    def arguments(self, settings: TargetSettings) -> tuple[tuple[str, ...], str]:
        """Return what pytest is given, and where it was read."""
        left_out = [f"--deselect={each.test}" for each in settings.deselect]
        if settings.arguments or settings.tests or left_out:
            given = (*settings.arguments, *left_out, *settings.tests)
            return given, f"{PYPROJECT}: tool.scrapy-compat"
        configured = self._testpaths()
        if configured:
            return (), f"its own settings say where tests are: {configured}"
        return next((((name,), f"the folder {name}") for name in _TEST_FOLDERS if (self._folder / name).is_dir()),
                    ((), ""))  # fmt: skip

    def environment(self) -> tuple[dict[str, str], str]:
        """Return the variables that tox sets for every environment, without those that refer to others."""
        written = self._tox.get("testenv", "setenv", fallback=self._tox.get("testenv", "set_env", fallback=""))
        found = {}
        for line in written_lines(written):
            match = _ASSIGNMENT.fullmatch(line)
            if match is not None and "{" not in match[2]:
                found[match[1]] = match[2]
        return found, "tox.ini: testenv.setenv" if found else ""

    def has_tests(self, settings: TargetSettings) -> bool:
        """Return whether there is anything that looks like a suite."""
        if settings.tests or self._testpaths():
            return True
        return any((self._folder / name).exists() for name in (*_TEST_FOLDERS, "tests.py", "conftest.py")) or any(
            self._folder.glob("test_*.py")
        )

    def _testpaths(self) -> str:
        """Return where pytest's own settings say where tests are; empty: they do not."""
        pytest = table(table(self._pyproject, "tool"), "pytest")
        if "testpaths" in {**pytest, **table(pytest, "ini_options")}:
            return f"{PYPROJECT}: tool.pytest, testpaths"
        inis = (
            ("tox.ini", self._tox, "pytest"),
            ("setup.cfg", self._setup_cfg, "tool:pytest"),
            ("pytest.ini", read_ini(self._folder / "pytest.ini"), "pytest"),
        )
        return next((f"{name}: {section}.testpaths" for name, ini, section in inis
                     if ini.has_option(section, "testpaths")), "")  # fmt: skip


def _name(written: str | None, called: str) -> str:
    """Return the name of a target as the index writes it; folders are named by it, so that it is never a path."""
    try:
        return canonicalize_name(written or called, validate=True)
    except InvalidName:
        return canonicalize_name(re.sub(r"[^A-Za-z0-9]+", "-", called).strip("-") or "target")


def _with_tools(found: tuple[str, ...]) -> tuple[str, ...]:
    """Return a group that tests can need: groups for linters have such names, too."""
    return found if any(required_name(each) in _TEST_TOOLS for each in found) else ()


def _specifiers(text: str | None) -> SpecifierSet:
    try:
        return SpecifierSet(text or "")
    except InvalidSpecifier:
        return SpecifierSet()
