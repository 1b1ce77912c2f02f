"""The catalogue of scenario files: what each asks, read from its source without running it.

A scenario file defines one class that inherits from `Scenario`, `Place` or `Program`. What concerns the matrix
stands in the body of that class as plain literals: `helpers`, `lanes`, `scrapy`, `requires`, `core`.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from harness.errors import ConfigurationError
from harness.matrix.versions import Range
from harness.plan.making import Kind, ScenarioInfo

HELPERS = (
    "direct",
    "deferred_to_future",
    "maybe_deferred_to_future",
    "ensure_awaitable",
    "copied_deferred_to_future",
    "copied_maybe_deferred_to_future",
    "as_future",
)
"""The ways of awaiting a Deferred that are compared, in the order of tables; the kit has one function for each."""

NO_HELPER = "none"
"""Stands for the helper in cells of scenarios that await no Deferred."""

_KINDS: dict[str, Kind] = {"Scenario": "callback", "Place": "place", "Program": "program"}
"""The kit's classes that a scenario inherits one of."""
_OPTIONS = ("helpers", "lanes", "scrapy", "requires", "core")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFile:
    """One scenario file."""

    name: str
    """Name of the file without `.py`."""
    question: str
    """First line of its docstring."""
    path: Path
    fingerprint: str
    """sha256 of the source."""
    info: ScenarioInfo
    """What concerns the plan."""


def load_scenarios(folders: Sequence[Path]) -> dict[str, ScenarioFile]:
    """The scenarios of all `folders` by name, sorted; where a name is there twice the first folder wins.

    Raises `ConfigurationError` for a folder without scenarios and for a file that is not one.
    """
    found: dict[str, ScenarioFile] = {}
    for folder in folders:
        files = sorted(folder.glob("*.py")) if folder.is_dir() else []
        if not files:
            raise ConfigurationError(
                value=str(folder), cause="there are no scenario files here", action="name a folder that holds some"
            )
        for file in files:
            if not file.name.startswith("_"):
                found.setdefault(file.stem, _read(file))
    return dict(sorted(found.items()))


@lru_cache(maxsize=4)
def kit_fingerprint(kit: Path) -> str:
    """sha256 over the sources of the in-cell kit: when it changes, every cell has to be run again."""
    digest = hashlib.sha256()
    for file in sorted(kit.glob("*.py")):
        digest.update(f"{file.name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _read(path: Path) -> ScenarioFile:
    source = path.read_bytes()
    try:
        module = ast.parse(source, filename=str(path))
    except (SyntaxError, ValueError) as error:
        raise _refusal(path, f"it does not parse: {error}", "mend its syntax") from error
    classes = [node for node in module.body if isinstance(node, ast.ClassDef) and _kind(node)]
    if len(classes) != 1:
        cause = f"it defines {len(classes)} classes that inherit from {', '.join(_KINDS)}"
        raise _refusal(path, cause, "define exactly one, see the built-in scenarios")
    question = (ast.get_docstring(module) or "").partition("\n")[0].strip()
    if not question:
        raise _refusal(path, "it has no docstring", "say in its first line what it asks")
    options = _options(path, classes[0])
    info = ScenarioInfo(
        question=question,
        helpers=_names(path, "helpers", options.get("helpers", HELPERS), HELPERS) or (NO_HELPER,),
        lanes=_names(path, "lanes", options.get("lanes", ())),
        scrapy=_range(path, options.get("scrapy")),
        requires=_requirements(path, options.get("requires", ())),
        core=options.get("core", True) is True,
        kind=_kind(classes[0]) or "callback",
    )
    fingerprint = hashlib.sha256(source).hexdigest()
    return ScenarioFile(name=path.stem, question=question, path=path, fingerprint=fingerprint, info=info)


def _kind(node: ast.ClassDef) -> Kind | None:
    """Its kind; None if it inherits from none of the kit's classes."""
    names = [base.id if isinstance(base, ast.Name) else getattr(base, "attr", "") for base in node.bases]
    return next((kind for name, kind in _KINDS.items() if name in names), None)


def _options(path: Path, node: ast.ClassDef) -> dict[str, object]:
    """The assignments of the class body that concern the matrix."""
    options: dict[str, object] = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if name in _OPTIONS:
                try:
                    options[name] = ast.literal_eval(statement.value)
                except ValueError as error:
                    raise _refusal(path, f"{name} is not a literal", "write its value out") from error
    return options


def _names(path: Path, option: str, value: object, known: Sequence[str] = ()) -> tuple[str, ...]:
    names = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    for name in names:
        if not isinstance(name, str) or (known and name not in known):
            raise _refusal(path, f"{option} holds {name!r}", f"use names of: {', '.join(known) or 'lanes'}")
    return tuple(str(name) for name in names)


def _range(path: Path, value: object) -> str | None:
    if value is None:
        return None
    try:
        Range.parse(str(value))
    except ValueError as error:
        raise _refusal(path, f"scrapy is {value!r}", "write a range of versions, e.g. '>=2.6'") from error
    return str(value)


def _requirements(path: Path, value: object) -> tuple[str, ...]:
    requirements = _names(path, "requires", value)
    for requirement in requirements:
        try:
            Requirement(requirement)
        except InvalidRequirement as error:
            raise _refusal(path, f"requires holds {requirement!r}", "write requirements, e.g. 'treq>=22'") from error
    return requirements


def _refusal(path: Path, cause: str, action: str) -> ConfigurationError:
    return ConfigurationError(value=str(path), cause=cause, action=action)
