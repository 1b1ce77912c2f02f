"""One scenario file: what it asks and where, read from its source without running it.

A scenario file defines one class that inherits from `Scenario`, `Place` or `Program`. What concerns the matrix
stands in the body of that class as plain literals: `helpers`, `lanes`, `platforms`, `scrapy`, `requires`, `core`,
`heavy`, `loop_matters`.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement

from harness.infra.errors import ConfigurationError
from harness.infra.platforms import PLATFORMS
from harness.infra.python_source import TOO_DEEP, parse_python
from harness.matrix.versions import VersionRange
from harness.plan.scenario_info import Kind, ScenarioInfo

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
_LARGEST = 1 << 20
"""Bytes of a file that somebody has written."""
_OPTIONS = ("helpers", "lanes", "platforms", "scrapy", "requires", "core", "heavy", "loop_matters")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFile:
    """One scenario file."""

    name: str
    """Name of the file without `.py`."""
    question: str
    """First line of its docstring."""
    path: Path
    fingerprint: str
    """Of the source, and of what lies beside it for scenarios to import or read."""
    info: ScenarioInfo
    """What concerns the plan."""


def read_scenario(path: Path, beside: str) -> ScenarioFile:
    """The scenario in the file `path`, `beside` being the fingerprint of what its folder holds besides scenarios.

    `ConfigurationError` names the file, what is wrong in it, and what would be right.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise refusal(path, f"it is longer than {_LARGEST:,} bytes", "name a file that a scenario is written in")
        source = path.read_bytes()
        module = parse_python(source, str(path))
    except OSError as error:
        raise refusal(path, f"it cannot be read: {error.strerror}", "make it readable") from error
    except (SyntaxError, ValueError) as error:
        raise refusal(path, f"it does not parse: {error}", "mend its syntax") from error
    except TOO_DEEP as error:
        raise refusal(path, "it is nested too deeply to be read", "write it with fewer levels") from error
    classes = [node for node in module.body if isinstance(node, ast.ClassDef) and _kind(node)]
    if len(classes) != 1:
        cause = f"it defines {len(classes)} classes that inherit from {', '.join(_KINDS)}"
        action = "define exactly one, see the built-in scenarios; a module that is none has a name with _ in front"
        raise refusal(path, cause, action)
    question = (ast.get_docstring(module) or "").partition("\n")[0].strip()
    if not question:
        raise refusal(path, "it has no docstring", "say in its first line what it asks")
    return ScenarioFile(
        name=path.stem,
        question=question,
        path=path,
        fingerprint=hashlib.sha256(source + beside.encode()).hexdigest(),
        info=_info(path, question, classes[0]),
    )


def refusal(path: Path, cause: str, action: str) -> ConfigurationError:
    """The error that says what is wrong with a file or folder."""
    return ConfigurationError(value=str(path), cause=cause, action=action)


def _kind(node: ast.ClassDef) -> Kind | None:
    """Its kind; None if it inherits from none of the kit's classes."""
    names = [base.id if isinstance(base, ast.Name) else getattr(base, "attr", "") for base in node.bases]
    return next((kind for name, kind in _KINDS.items() if name in names), None)


def _info(path: Path, question: str, node: ast.ClassDef) -> ScenarioInfo:
    options = {name: _literal(path, name, value) for name, value in _bound(node) if name in _OPTIONS}
    heavy = options.get("heavy", "")
    if not isinstance(heavy, str):
        raise refusal(path, f"heavy is {heavy!r}", "write in a string why it is left out of the default plan")
    return ScenarioInfo(
        question=question,
        helpers=_names(path, "helpers", options.get("helpers", HELPERS), HELPERS) or (NO_HELPER,),
        lanes=_names(path, "lanes", options.get("lanes", ())),
        platforms=_names(path, "platforms", options.get("platforms", ()), PLATFORMS),
        scrapy=_range(path, options["scrapy"]) if "scrapy" in options else None,
        requires=_requirements(path, options.get("requires", ())),
        core=_flag(path, "core", options.get("core", True)),
        heavy=heavy,
        loop_matters=_flag(path, "loop_matters", options.get("loop_matters", False)),
        kind=_kind(node) or "callback",
    )


def _flag(path: Path, option: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise refusal(path, f"{option} is {value!r}", "write True or False")
    return value


def _literal(path: Path, name: str, value: ast.expr | None) -> object:
    try:
        if value is not None:
            return ast.literal_eval(value)
    except (ValueError, TypeError):
        pass  # a call, a name: said below
    except TOO_DEEP as error:
        raise refusal(path, f"{name} is nested too deeply to be read", "write its value on one level") from error
    raise refusal(path, f"{name} is not a literal", "write its value out, in one assignment")


def _bound(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr | None]]:
    """The names that the class body binds; their values where these are simply assigned, else None."""
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name, None
            continue
        simple: dict[str, ast.expr] = {}
        if isinstance(statement, ast.Assign):
            simple = {target.id: statement.value for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            if statement.value is None:
                continue
            simple = {statement.target.id: statement.value}
        for part in ast.walk(statement):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id, simple.get(part.id)


def _names(path: Path, option: str, value: object, known: Sequence[str] = ()) -> tuple[str, ...]:
    names = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    for name in names:
        if not isinstance(name, str) or (known and name not in known):
            action = f"use names of: {', '.join(known)}" if known else "write strings"
            raise refusal(path, f"{option} holds {name!r}", action)
        if names.count(name) > 1:
            raise refusal(path, f"{option} holds {name!r} twice", "write it once")
    return tuple(str(name) for name in names)


def _range(path: Path, value: object) -> str:
    try:
        # A number would lose its zeros: 2.10 is 2.1.
        VersionRange(value if isinstance(value, str) else "")
    except ValueError as error:
        raise refusal(path, f"scrapy is {value!r}", "write a range of versions, e.g. '>=2.6'") from error
    return str(value)


def _requirements(path: Path, value: object) -> tuple[str, ...]:
    return tuple(_requirement(path, requirement) for requirement in _names(path, "requires", value))


def _requirement(path: Path, text: str) -> str:
    """The requirement as installers take it: a relative `file:` of a scenario is counted from the scenario's file."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise refusal(path, f"requires holds {text!r}", "write requirements, e.g. 'treq>=22'") from error
    target = urlsplit(requirement.url or "")
    if target.scheme != "file" or target.netloc or target.path.startswith("/"):
        return text
    requirement.url = path.resolve().parent.joinpath(unquote(target.path)).resolve().as_uri()
    return str(requirement)
