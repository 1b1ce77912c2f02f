"""Code to paste: one function that does in each release what passes there."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from textwrap import indent

from harness.judge.advice import Segment

_COPIED = "copied_"
_OWN = ("deferred_to_future", "maybe_deferred_to_future", "ensure_awaitable")
"""Helpers that Scrapy has."""
_BODIES = {"direct": "return deferred", "as_future": "return deferred.asFuture(asyncio.get_event_loop())"}


def function_name(segments: Sequence[Segment]) -> str:
    """What the function is called: as Scrapy calls it where it is one of Scrapy's, or a copy."""
    latest = next((segment.helper for segment in segments if segment.helper is not None), "")
    name = latest.removeprefix(_COPIED)
    return name if name in _OWN else "awaitable"


def advised_code(segments: Sequence[Segment], copied: str) -> str:
    """The code for releases as `advise` has cut them, the latest first; those without a helper have no part in it.

    `copied` is the source of the copies that were measured. Empty where nothing has to be defined: a Deferred can
    be awaited as it is.
    """
    usable = [segment for segment in segments if segment.helper is not None]
    helpers = [segment.helper for segment in usable if segment.helper is not None]
    if set(helpers) <= {"direct"}:
        return ""
    name = function_name(segments)
    parts = [_definition(helper, name, copied) for helper in helpers]
    imports = sorted({line for lines, _ in parts for line in lines})
    if len(parts) == 1:
        return "\n".join([*imports, *([""] if imports else []), parts[0][1]]).strip() + "\n"
    lines = [*imports, "from scrapy import version_info", ""]
    for number, (segment, (_, body)) in enumerate(zip(usable, parts, strict=True)):
        if number == len(usable) - 1:
            lines.append("else:")
        else:
            lines.append(f"{'el' if number else ''}if version_info >= {_minor(segment.releases[0])}:")
        lines.append(indent(body, "    "))
    return "\n".join(lines) + "\n"


def _definition(helper: str, name: str, copied: str) -> tuple[list[str], str]:
    """Imports from the standard library, and what defines `name`."""
    if helper in _OWN:
        alias = "" if helper == name else f" as {name}"
        return [], f"from scrapy.utils.defer import {helper}{alias}"
    if helper in _BODIES:
        imports = ["import asyncio"] if "asyncio" in _BODIES[helper] else []
        return imports, f"def {name}(deferred):\n    {_BODIES[helper]}"
    wanted = helper.removeprefix(_COPIED)
    return _copy(copied, wanted, name)


def _copy(source: str, wanted: str, name: str) -> tuple[list[str], str]:
    """The copied function with those that it calls, and what they import."""
    tree = ast.parse(source)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    needed = _called(functions, wanted)
    used = {node.id for each in needed for node in ast.walk(functions[each]) if isinstance(node, ast.Name)}
    standard, others = [], []
    for node in tree.body:
        if isinstance(node, ast.Import) and used.intersection(alias.name for alias in node.names):
            standard.append(ast.unparse(node))
        elif isinstance(node, ast.ImportFrom) and used.intersection(alias.name for alias in node.names):
            others.append(ast.unparse(node))
    bodies = [ast.get_source_segment(source, functions[each]) or "" for each in functions if each in needed]
    alias = [] if wanted == name else [f"{name} = {wanted}"]
    return standard, "\n\n".join([*others, *bodies, *alias])


def _called(functions: dict[str, ast.FunctionDef], wanted: str) -> set[str]:
    needed, left = {wanted}, [wanted]
    while left:
        names = {node.id for node in ast.walk(functions[left.pop()]) if isinstance(node, ast.Name)}
        more = (names & functions.keys()) - needed
        needed |= more
        left += more
    return needed


def _minor(release: str) -> str:
    major, minor, *_ = [*re.findall(r"\d+", release), "0", "0"]
    return f"({major}, {minor})"
