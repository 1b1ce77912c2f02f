"""Finds in a user's source what needs a reactor or asyncio, whatever is awaited: imports, driven coroutines."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from harness.analysis.advice.source_names import SourceFile
from harness.infra.python_source import for_type_checkers

_COROUTINES = frozenset({
    *("sleep", "gather", "wait", "wait_for", "shield", "to_thread", "timeout", "create_task", "ensure_future"),
    *("open_connection", "open_unix_connection", "start_server", "start_unix_server"),
    *("create_subprocess_exec", "create_subprocess_shell"),
})  # fmt: skip
"""Functions of `asyncio` that give something to be awaited which is no Deferred."""
_DRIVERS = ("ensureDeferred", "fromCoroutine")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNeed:
    """A line that does not work with every reactor."""

    line: int
    text: str
    asyncio_line: int | None
    """Where a coroutine that the line drives awaits asyncio; None: the line imports the reactor."""


def is_asyncio_call(node: ast.expr, file: SourceFile) -> bool:
    """Return whether an expression is a call of a function of asyncio that is known to give no Deferred."""
    module, _, name = file.dotted(node.func).rpartition(".") if isinstance(node, ast.Call) else ("", "", "")
    return module == "asyncio" and name in _COROUTINES


def source_needs(tree: ast.Module, file: SourceFile) -> list[SourceNeed]:
    """Return the lines that import the reactor with the module, or drive a coroutine that needs asyncio."""
    return sorted((*_reactor_imports(tree.body), *_driven(tree, file)), key=lambda need: need.line)


def driven_coroutines(tree: ast.Module, file: SourceFile) -> frozenset[str]:
    """Return the names of coroutines that Twisted drives: there a Deferred is awaited as it is."""
    return frozenset(name for _, name in _driving_calls(tree, file))


def _driving_calls(tree: ast.Module, file: SourceFile) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and file.dotted(node.func).rpartition(".")[2] in _DRIVERS and node.args:
            called = node.args[0].func if isinstance(node.args[0], ast.Call) else None
            if called is not None:
                yield node, ast.unparse(called).rpartition(".")[2]


def _reactor_imports(statements: list[ast.stmt]) -> Iterator[SourceNeed]:
    """Yield imports that run with the module: those in functions do not."""
    for node in statements:
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
        else:
            names = set()
            for block in ("body", "orelse", "finalbody"):
                inner = getattr(node, block, [])
                if isinstance(node, (ast.If, ast.Try, ast.With, ast.ClassDef)) and not for_type_checkers(node):
                    yield from _reactor_imports(inner)
        if "twisted.internet.reactor" in names:
            yield SourceNeed(line=node.lineno, text=ast.unparse(node), asyncio_line=None)


def _driven(tree: ast.Module, file: SourceFile) -> Iterator[SourceNeed]:
    awaiting = {
        node.name: line
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef) and (line := _awaits_asyncio(node, file))
    }
    for call, name in _driving_calls(tree, file):
        if name in awaiting:
            yield SourceNeed(line=call.lineno, text=ast.unparse(call), asyncio_line=awaiting[name])


def _awaits_asyncio(function: ast.AsyncFunctionDef, file: SourceFile) -> int:
    """Return the line of the first await of asyncio in a function; 0 where there is none."""
    lines = [node.lineno for node in ast.walk(function)
             if isinstance(node, ast.Await) and is_asyncio_call(node.value, file)]  # fmt: skip
    return min(lines, default=0)
