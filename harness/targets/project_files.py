"""The files in which a project says what it is and needs, read without running any of it.

What cannot be read counts for nothing: a project that is tried may be anything.
"""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.dependency_groups import resolve_dependency_groups
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness.infra.errors import ConfigurationError
from harness.infra.python_source import TOO_DEEP, parse_python
from harness.infra.toml import TomlFile

_DEEPEST = 4
"""Files that include each other."""


def read_text(path: Path) -> str:
    """Return the text of a file; empty where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def read_toml(path: Path) -> dict[str, Any]:
    """Return what stands in a TOML file; nothing where it is none."""
    try:
        return TomlFile.load(path).decode(dict)
    except ConfigurationError:
        return {}


def read_ini(path: Path) -> configparser.ConfigParser:
    """Return what stands in an INI file; nothing where it is none."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read_text(path))
    except configparser.Error:
        return configparser.ConfigParser(interpolation=None)
    return parser


def setup_arguments(path: Path) -> dict[str, Any]:
    """Return the arguments of `setup()` in a setup.py that are literals, or names of literals."""
    try:
        module = parse_python(read_text(path))
    except (SyntaxError, ValueError, *TOO_DEEP):
        return {}
    nodes = list(ast.walk(module))
    names = {
        node.targets[0].id: node.value
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    calls = [node for node in nodes if isinstance(node, ast.Call) and _called(node) == "setup"]
    found = {
        keyword.arg: _literal(names.get(keyword.value.id) if isinstance(keyword.value, ast.Name) else keyword.value)
        for call in calls
        for keyword in call.keywords
        if keyword.arg is not None
    }
    return {name: value for name, value in found.items() if value is not None}


def _called(node: ast.Call) -> str:
    return str(getattr(node.func, "id", getattr(node.func, "attr", "")))


def _literal(node: ast.expr | None) -> Any:
    try:
        return None if node is None else ast.literal_eval(node)
    except (ValueError, TypeError, *TOO_DEEP):
        return None


def group(groups: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the requirements of a dependency group, with those of the groups that it includes; none if it is wrong."""
    try:
        return resolve_dependency_groups(groups, name)
    # A group that is not there, a circle, anything but a list: several exceptions, in groups of their own.
    except Exception:  # noqa: BLE001 (whatever it says, this group is of no use)
        return ()


def written_lines(text: str) -> list[str]:
    """Return the lines of a text without comments and empty ones."""
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def requirements(lines: Iterable[str], folder: Path, depth: int = 0) -> Iterator[str]:
    """Yield the requirements in the lines of a file of `folder`, those of included files with them.

    Left out are options, and what holds for some environments of tox only.
    """
    for line in lines:
        included = re.fullmatch(r"(?:-r|--requirement)[ =]?(\S+)", line)
        if included is not None and depth < _DEEPEST:
            path = folder / included[1]
            if path.is_file() and path.resolve().is_relative_to(folder.resolve().parent):
                yield from requirements(written_lines(read_text(path)), path.parent, depth + 1)
        elif parsed_requirement(line) is not None:
            yield line


def parsed_requirement(text: str) -> Requirement | None:
    """Return a requirement as pip takes it; None for anything else."""
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def refuse_wrong(text: str) -> None:
    """Raise `ConfigurationError` for what `--with` names and what is no requirement."""
    if parsed_requirement(text) is None:
        raise ConfigurationError(
            value=f"--with {text}", cause="is no requirement", action="write it as pip would, e.g. pytest-twisted"
        )


def required_name(text: str) -> str:
    """Return the name of what a requirement asks for; empty where it is none."""
    found = parsed_requirement(text)
    return "" if found is None else canonicalize_name(found.name)


def table(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the table of that name; an empty one where there is none."""
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def texts(values: Any) -> tuple[str, ...]:
    """Return the texts in a list, or a text alone; none where it is neither."""
    listed = [values] if isinstance(values, str) else values
    return tuple(each for each in listed if isinstance(each, str)) if isinstance(listed, list | tuple) else ()
