"""Code to paste: one function that does in each release, and with each reactor, what passes there."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from textwrap import indent

from harness.analysis.advice.version_ranges import Segment

_COPIED = "copied_"
_OWN = ("deferred_to_future", "maybe_deferred_to_future", "ensure_awaitable")
"""Helpers that Scrapy has."""
_EXPRESSIONS = {"direct": "deferred", "as_future": "deferred.asFuture(asyncio.get_event_loop())"}
_ASKING = "from scrapy.utils.reactor import is_asyncio_reactor_installed"
_KIND = """\
def kind_of_reactor():
    try:
        return "asyncio" if is_asyncio_reactor_installed() else "other"
    except RuntimeError:  # there is none
        return "none\""""


def function_name(segments: Sequence[Segment]) -> str:
    """Return what the function is called: as Scrapy calls it where it is that in all releases, or a copy of it."""
    helpers = {helper for segment in segments for helper in segment.helpers}
    names = {helper.removeprefix(_COPIED) for helper in helpers}.intersection(_OWN)
    latest = next((segment.helper or "" for segment in segments if segment.helpers), "").removeprefix(_COPIED)
    return latest if names == {latest} and not any(segment.by_reactor for segment in segments) else "awaitable"


def advised_code(segments: Sequence[Segment], copied: str) -> str:
    """Return the code for segments of releases, the latest first, each of which has what passes in all of its cells.

    `copied` is the source of the copies that were measured. Empty where nothing has to be defined: a Deferred can
    be awaited as it is.
    """
    if {helper for segment in segments for helper in segment.helpers} <= {"direct"}:
        return ""
    name = function_name(segments)
    parts = [_definition(segment, name, copied) for segment in segments]
    imports = sorted({line for standard, _ in parts for line in standard})
    if len(parts) == 1:
        return "\n".join([*imports, *([""] if imports else []), parts[0][1]]).strip() + "\n"
    lines = [*imports, "from scrapy import version_info", ""]
    for number, (segment, (_, body)) in enumerate(zip(segments, parts, strict=True)):
        if number == len(segments) - 1:
            lines.append("else:")
        else:
            first, before = segment.releases[0], segments[number + 1].releases[-1]
            lines.append(f"{'el' if number else ''}if {_condition(first, before)}:")
        lines.append(indent(body, "    "))
    return "\n".join(lines) + "\n"


def _definition(segment: Segment, name: str, copied: str) -> tuple[list[str], str]:
    """Return imports from the standard library, and what defines `name`."""
    if segment.helper is None:
        return _by_reactor(segment, name, copied)
    helper = segment.helper
    if helper in _OWN:
        alias = "" if helper == name else f" as {name}"
        return [], f"from scrapy.utils.defer import {helper}{alias}"
    if helper in _EXPRESSIONS:
        return _imports(helper), f"def {name}(deferred):\n    return {_EXPRESSIONS[helper]}"
    wanted = helper.removeprefix(_COPIED)
    standard, others, bodies = _copy(copied, {wanted})
    naming = [] if wanted == name else [f"{name} = {wanted}"]
    return standard, "\n\n".join([*others, *bodies, *naming])


def _by_reactor(segment: Segment, name: str, copied: str) -> tuple[list[str], str]:
    """Return the same where it takes a helper for each kind of reactor."""
    copies = {helper.removeprefix(_COPIED) for helper in segment.helpers if helper.startswith(_COPIED)}
    standard, others, bodies = _copy(copied, copies)
    # A copy has the name of what it is a copy of.
    prefix = "scrapy_" if copies else ""
    own = [helper for helper in segment.helpers if helper in _OWN]
    before = [f"from scrapy.utils.defer import {each}{f' as {prefix}{each}' if prefix else ''}" for each in own]
    calls = {
        **_EXPRESSIONS,
        **{f"{_COPIED}{each}": f"{each}(deferred)" for each in copies},
        **{each: f"{prefix}{each}(deferred)" for each in own},
    }
    groups: dict[str, list[str]] = {}
    for kind, helper in segment.by_reactor:
        assert helper is not None
        groups.setdefault(calls[helper], []).append(kind)
    imports = {*standard, *(line for helper in segment.helpers for line in _imports(helper))}
    before = list(dict.fromkeys([*before, *others, _ASKING]))
    return sorted(imports), "\n\n".join(["\n".join(before), *bodies, *_choosing(name, groups)])


def _choosing(name: str, groups: Mapping[str, Sequence[str]]) -> list[str]:
    """Functions that ask for the reactor; `groups`: kinds of reactors by what is to be returned with them."""
    asks_kind = any("none" in kinds for kinds in groups.values())
    lines = [f"def {name}(deferred):", *(["    reactor = kind_of_reactor()"] if asks_kind else [])]
    *some, (rest, _) = groups.items()
    for call, kinds in some:
        if asks_kind:
            written = " or ".join(f'reactor == "{kind}"' for kind in kinds)
        else:
            written = "is_asyncio_reactor_installed()" if "asyncio" in kinds else "not is_asyncio_reactor_installed()"
        lines += [f"    if {written}:", f"        return {call}"]
    return [*([_KIND] if asks_kind else []), "\n".join([*lines, f"    return {rest}"])]


def _imports(helper: str) -> list[str]:
    return ["import asyncio"] if "asyncio" in _EXPRESSIONS.get(helper, "") else []


def _copy(source: str, wanted: Collection[str]) -> tuple[list[str], list[str], list[str]]:
    """Return what the copied functions import (standard library, others), and their code with what they call."""
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
    return standard, others, bodies


def _called(functions: dict[str, ast.FunctionDef], wanted: Collection[str]) -> set[str]:
    needed, left = set(wanted), list(wanted)
    while left:
        names = {node.id for node in ast.walk(functions[left.pop()]) if isinstance(node, ast.Name)}
        more = (names & functions.keys()) - needed
        needed |= more
        left += more
    return needed


def _condition(release: str, before: str) -> str:
    """Return what tells a release from the one before it: its minor, unless that is the same."""
    full, other = (tuple(int(part) for part in re.findall(r"\d+", each)) for each in (release, before))
    if not full:  # a direct reference, which is later than every release
        return f"version_info > {other}"
    return f"version_info >= {full if full[:2] == other[:2] else (*full, 0, 0)[:2]}"
