"""Changes a user's source where what to write is sure: imports that moved, `start()` beside `start_requests()`.

A fix works on both sides of the release that made it necessary. All other lines of a source stay as they are.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.analysis.advice.source_changes import SourceChange
from harness.analysis.advice.source_classes import SourceClasses, class_members
from harness.analysis.advice.source_names import SourceFile

_START = """
{indent}async def start(self):
{indent}    for request in self.start_requests():
{indent}        yield request
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFix:
    """Lines of a source that are to be others."""

    line: int
    """The first that is replaced, from 1; where `end` is before it, lines are inserted in front of it."""
    end: int
    """The last that is replaced."""
    text: str
    """Lines, each with its end."""


def find_fixes(
    source: str, tree: ast.Module, file: SourceFile, classes: SourceClasses, changes: Sequence[SourceChange]
) -> list[SourceFix]:
    """Return what is sure to mend `changes`, in the order of lines."""
    ending = "\r\n" if "\r\n" in source else "\n"
    lines = source_lines(source)
    gone = [each for each in changes if each.gone]
    fixes = [*_imports(tree, lines, gone), *_starts(tree, lines, file, classes, gone)]
    return sorted(
        (SourceFix(line=each.line, end=each.end, text=each.text.replace("\n", ending))
         for each in fixes), key=lambda each: each.line,
    )  # fmt: skip


def source_lines(source: str) -> list[str]:
    """Return the lines that Python counts, each with its end: a form feed, say, ends none."""
    return list(io.StringIO(source, newline=""))


def fixed(source: str, fixes: Sequence[SourceFix]) -> str:
    """Return a source with fixes made."""
    lines = source_lines(source)
    for each in sorted(fixes, key=lambda each: each.line, reverse=True):
        if each.line > len(lines) and not lines[-1].endswith("\n"):
            lines[-1] += "\r\n" if "\r\n" in source else "\n"
        lines[each.line - 1 : each.end] = source_lines(each.text)
    return "".join(lines)


def _imports(tree: ast.Module, lines: Sequence[str], gone: Sequence[SourceChange]) -> Iterator[SourceFix]:
    """Yield imports from where a name came from, and where that fails from where it is now imported."""
    moved = {(each.line, each.path): each for each in gone if each.kind == "name" and each.now}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and _stands_alone(node, lines):
            mended = {alias.name: moved[at] for alias in node.names
                      if (at := (node.lineno, f"{node.module}.{alias.name}")) in moved}  # fmt: skip
            if mended:
                yield _import(node, lines, mended)


def _import(node: ast.ImportFrom, lines: Sequence[str], moved: dict[str, SourceChange]) -> SourceFix:
    indent = lines[node.lineno - 1][: node.col_offset]
    kept = [alias for alias in node.names if alias.name not in moved]
    old = [alias for alias in node.names if alias.name in moved]
    text = f"{indent}{_written(node.module, kept)}\n" if kept else ""
    text += f"{indent}try:\n"
    new: dict[str, list[ast.alias]] = {}
    for alias in old:
        module, _, name = moved[alias.name].now.rpartition(".")
        called = alias.asname or alias.name
        new.setdefault(module, []).append(ast.alias(name=name, asname=None if called == name else called))
    text += "".join(f"{indent}    {_written(module, names)}\n" for module, names in new.items())
    text += f"{indent}except ImportError:\n{indent}    {_written(node.module, old)}\n"
    assert node.end_lineno is not None
    return SourceFix(line=node.lineno, end=node.end_lineno, text=text)


def _written(module: str | None, names: Sequence[ast.alias]) -> str:
    return ast.unparse(ast.ImportFrom(module=module, names=list(names), level=0))


def _starts(
    tree: ast.Module, lines: Sequence[str], file: SourceFile, classes: SourceClasses, gone: Sequence[SourceChange]
) -> Iterator[SourceFix]:
    """Yield `start()` for spiders that only have `start_requests()`, as Scrapy's documentation has it."""
    dead = {each.line for each in gone if each.kind == "override" and each.what == "start_requests"}
    loud = {each.line for each in gone if each.kind == "member" and each.what == "start_requests"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef) or "start_requests" in classes.of(file, node).inherited:
            continue
        for name, method in class_members(node.body):
            plain = isinstance(method, ast.FunctionDef) and not method.decorator_list and method in node.body
            if plain and name == "start_requests" and method.lineno in dead and method.end_lineno is not None:
                # A call of what no base has any more would still fail.
                if not loud.isdisjoint(range(method.lineno, method.end_lineno + 1)):
                    continue
                indent = lines[method.lineno - 1][: method.col_offset]
                after = method.end_lineno + 1
                yield SourceFix(line=after, end=after - 1, text=_START.format(indent=indent))


def _stands_alone(node: ast.stmt, lines: Sequence[str]) -> bool:
    """Return whether nothing else is on the lines of a statement, no comment either."""
    assert node.end_lineno is not None
    before = lines[node.lineno - 1].encode()[: node.col_offset]
    after = lines[node.end_lineno - 1].encode()[node.end_col_offset :]
    inside = "".join(lines[node.lineno - 1 : node.end_lineno])
    return not before.strip() and not after.strip() and "#" not in inside
