"""What a target says of itself in files that are read and not run: names, ranges, extras, and what its tests need."""

from __future__ import annotations

import ast
import configparser
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from harness.targets.settings import PYPROJECT, TargetSettings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

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
_DEEPEST = 4
"""Files that include each other."""
_ASSIGNMENT = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """What was read, and for each value the file that it was read from."""

    name: str
    """As the index writes it; the folder's name where nothing says it."""
    version: str | None
    requires_python: SpecifierSet
    classifiers: tuple[str, ...]
    """The Pythons that its classifiers name, such as `3.12`."""
    scrapy: SpecifierSet
    extras: tuple[str, ...]
    test_requirements: tuple[str, ...]
    arguments: tuple[str, ...]
    """Of pytest."""
    environment: Mapping[str, str]
    has_tests: bool
    read_from: Mapping[str, str] = field(default_factory=dict)
    """File and place, by field."""

    def given(self, arguments: tuple[str, ...], folder: Path) -> Declarations:
        """Return the same with more arguments of pytest; paths among them stand in place of those that were found."""
        if any((folder / each.partition("::")[0]).exists() for each in arguments if not each.startswith("-")):
            kept = tuple(each for each in self.arguments if not (folder / each).exists())
            return replace(self, arguments=(*kept, *arguments))
        return replace(self, arguments=(*self.arguments, *arguments))


def read_declarations(folder: Path, settings: TargetSettings) -> Declarations:
    """Return what the files of a target declare; `settings` go before all that is found.

    What cannot be read is left out: a file of a project that is tried may be anything.
    """
    reader = _Reader(folder)
    tests, tests_from = reader.test_requirements(settings)
    if not any(_name(each) == "pytest" for each in tests):
        tests = (*tests, "pytest")
    arguments, arguments_from = reader.arguments(settings)
    environment, environment_from = reader.environment()
    dependencies, dependencies_from = reader.dependencies()
    scrapys = [each for each in map(_parsed, dependencies) if each is not None and each.name.lower() == "scrapy"]
    python, python_from = reader.value("requires-python", "options.python_requires", "python_requires")
    name, name_from = reader.value("name", "metadata.name", "name")
    version, version_from = reader.value("version", "metadata.version", "version")
    places = {
        "name": name_from, "version": version_from, "requires_python": python_from, "scrapy": dependencies_from,
        "test_requirements": tests_from, "arguments": arguments_from, "environment": environment_from,
    }  # fmt: skip
    return Declarations(
        name=canonicalize_name(name or folder.resolve().name),
        version=version,
        requires_python=_specifiers(python),
        classifiers=tuple(re.findall(r"Python :: (3\.\d+)(?!\S)", "\n".join(reader.classifiers()))),
        scrapy=scrapys[0].specifier if scrapys else SpecifierSet(),
        extras=tuple(settings.extras),
        test_requirements=tests,
        arguments=arguments,
        environment={**environment, **settings.env},
        has_tests=reader.has_tests(settings),
        read_from={key: place for key, place in places.items() if place},
    )


class _Reader:
    """The files of one target that say something of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pyproject = _toml(folder / PYPROJECT)
        self._project: dict[str, Any] = _table(self._pyproject, "project")
        self._setup_cfg = _ini(folder / "setup.cfg")
        self._setup_py = _setup_arguments(folder / "setup.py")
        self._tox = _ini(folder / "tox.ini")

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
        written = self._setup_cfg.get("metadata", "classifiers", fallback="")
        return (*_texts(self._project.get("classifiers")), *_lines(written), *_texts(self._setup_py.get("classifiers")))

    def dependencies(self) -> tuple[tuple[str, ...], str]:
        """Return the requirements of the target itself, and where they were read."""
        if isinstance(self._project.get("dependencies"), list):
            return _texts(self._project["dependencies"]), f"{PYPROJECT}: project.dependencies"
        written = self._setup_cfg.get("options", "install_requires", fallback="")
        if written.strip():
            return tuple(_lines(written)), "setup.cfg: options.install_requires"
        if isinstance(self._setup_py.get("install_requires"), list):
            return _texts(self._setup_py["install_requires"]), "setup.py: install_requires"
        return (), ""

    def test_requirements(self, settings: TargetSettings) -> tuple[tuple[str, ...], str]:
        """Return what the tests need beside the target, and where it was read: the first place that has some."""
        if settings.requires:
            return tuple(settings.requires), f"{PYPROJECT}: tool.scrapy-compat.requires"
        places = chain(self._grouped_tests(), self._tox_tests(), self._setup_tests(), self._listed_tests())
        return next(((found, where) for found, where in places if found), ((), ""))

    def _grouped_tests(self) -> Iterator[tuple[tuple[str, ...], str]]:
        groups = _table(self._pyproject, "dependency-groups")
        extras = _table(self._project, "optional-dependencies")
        for table, where in ((groups, "dependency-groups"), (extras, "project.optional-dependencies")):
            for name in _TEST_GROUPS:
                found = tuple(_grouped(table, name))
                # Groups for linters have such names, too.
                if any(_name(each) in _TEST_TOOLS for each in found):
                    yield found, f"{PYPROJECT}: {where}.{name}"

    def _tox_tests(self) -> Iterator[tuple[tuple[str, ...], str]]:
        deps = _lines(self._tox.get("testenv", "deps", fallback=""))
        yield tuple(_usable(deps, self._folder)), "tox.ini: testenv.deps"

    def _setup_tests(self) -> Iterator[tuple[tuple[str, ...], str]]:
        extras = _table(self._setup_py, "extras_require")
        for name in _TEST_GROUPS:
            yield _texts(extras.get(name)), f"setup.py: extras_require.{name}"
        yield _texts(self._setup_py.get("tests_require")), "setup.py: tests_require"

    def _listed_tests(self) -> Iterator[tuple[tuple[str, ...], str]]:
        for name in _TEST_FILES:
            path = self._folder / name
            yield tuple(_usable(_lines(_text(path)), path.parent)), name

    def arguments(self, settings: TargetSettings) -> tuple[tuple[str, ...], str]:
        """Return what pytest is given, and where it was read."""
        left_out = [f"--deselect={each.test}" for each in settings.deselect]
        if settings.arguments or settings.tests or left_out:
            given = (*settings.arguments, *left_out, *settings.tests)
            return given, f"{PYPROJECT}: tool.scrapy-compat"
        if self._says_where_tests_are():
            return (), ""
        return next(((name,) for name in _TEST_FOLDERS if (self._folder / name).is_dir()), ()), ""

    def environment(self) -> tuple[dict[str, str], str]:
        """Return the variables that tox sets for every environment, without those that refer to others."""
        written = self._tox.get("testenv", "setenv", fallback=self._tox.get("testenv", "set_env", fallback=""))
        found = {}
        for line in _lines(written):
            match = _ASSIGNMENT.fullmatch(line)
            if match is not None and "{" not in match[2]:
                found[match[1]] = match[2]
        return found, "tox.ini: testenv.setenv" if found else ""

    def has_tests(self, settings: TargetSettings) -> bool:
        """Return whether there is anything that looks like a suite."""
        if settings.tests or self._says_where_tests_are():
            return True
        return any((self._folder / name).exists() for name in (*_TEST_FOLDERS, "tests.py", "conftest.py")) or any(
            self._folder.glob("test_*.py")
        )

    def _says_where_tests_are(self) -> bool:
        options = _table(_table(_table(self._pyproject, "tool"), "pytest"), "ini_options")
        inis = [(self._tox, "pytest"), (self._setup_cfg, "tool:pytest"), (_ini(self._folder / "pytest.ini"), "pytest")]
        return "testpaths" in options or any(ini.has_option(section, "testpaths") for ini, section in inis)


def _grouped(table: Mapping[str, Any], name: str, seen: tuple[str, ...] = ()) -> Iterator[str]:
    """Return the requirements of a group, with those of the groups that it includes."""
    if name in seen or not isinstance(table.get(name), list):
        return
    for each in table[name]:
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict) and isinstance(each.get("include-group"), str):
            yield from _grouped(table, each["include-group"], (*seen, name))


def _usable(lines: Iterable[str], folder: Path, depth: int = 0) -> Iterator[str]:
    """Return the requirements of a file, without options and without what holds for some environments only."""
    for line in lines:
        included = re.fullmatch(r"(?:-r|--requirement)[ =]?(\S+)", line)
        if included is not None and depth < _DEEPEST:
            path = folder / included[1]
            if path.is_file() and path.resolve().is_relative_to(folder.resolve().parent):
                yield from _usable(_lines(_text(path)), path.parent, depth + 1)
        elif _parsed(line) is not None:
            yield line


def _lines(text: str) -> list[str]:
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def _setup_arguments(path: Path) -> dict[str, Any]:
    """Return the arguments of `setup()` that are literals, or names of literals, in a setup.py."""
    try:
        module = ast.parse(_text(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    values: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = _literal(node.value)
            if value is not None:
                values[node.targets[0].id] = value
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "setup":
            for keyword in node.keywords:
                if keyword.arg is not None:
                    name = keyword.value.id if isinstance(keyword.value, ast.Name) else None
                    found[keyword.arg] = values.get(name) if name is not None else _literal(keyword.value)
    return {name: value for name, value in found.items() if value is not None}


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _ini(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_text(path))
    except configparser.Error:
        return configparser.ConfigParser(interpolation=None)
    return parser


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _table(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _texts(values: Any) -> tuple[str, ...]:
    listed = [values] if isinstance(values, str) else values
    return tuple(each for each in listed if isinstance(each, str)) if isinstance(listed, list | tuple) else ()


def _parsed(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _name(text: str) -> str:
    found = _parsed(text)
    return "" if found is None else canonicalize_name(found.name)


def _specifiers(text: str | None) -> SpecifierSet:
    try:
        return SpecifierSet(text or "")
    except InvalidSpecifier:
        return SpecifierSet()
