"""In which releases of Scrapy a line of a user's source runs: conditions on versions, and imports that may fail."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from packaging.version import InvalidVersion, Version

from harness.model.known_cells import KnownCell

HELPERS = ("deferred_to_future", "maybe_deferred_to_future", "ensure_awaitable")
_ASKS = re.compile(r"\b(has|get)attr\(|version", re.IGNORECASE)
_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_FAILURES = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_PARSERS = {"Version", "parse", "parse_version", "LooseVersion", "StrictVersion"}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], object]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
}  # fmt: skip

_SINCE = {
    **dict.fromkeys(("deferred_to_future", "maybe_deferred_to_future"), "2.6"),
    **dict.fromkeys(("ensure_awaitable", "download_async"), "2.14"),
}
"""Attributes that code asks for with `hasattr`, with the release of Scrapy that brought them."""

Lookup = Callable[[str], "str | tuple[ast.expr, Lookup]"]
"""What a dotted name stands for: another dotted name, or the expression assigned to it and what names mean there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchGuard:
    """What has to hold for lines to run."""

    test: ast.expr | tuple[str, ...]
    """A condition, or helpers that are imported from Scrapy."""
    expected: bool
    lookup: Lookup

    def runs_in(self, release: str, missing: Mapping[str, Collection[str]]) -> bool:
        """Return whether lines may run in a release; `missing`: helpers with the releases that lack them."""
        if isinstance(self.test, tuple):
            return self.expected == all(release not in missing.get(helper, ()) for helper in self.test)
        try:
            return bool(_value(self.test, release, self.lookup)) == self.expected
        except (LookupError, TypeError, InvalidVersion, RecursionError):
            return True

    def undecided(self, release: str) -> str:
        """Return a condition on an attribute or a version of which is not known whether it holds; else nothing."""
        if isinstance(self.test, tuple) or not _ASKS.search(written := ast.unparse(self.test)):
            return ""
        try:
            _value(self.test, release, self.lookup)
        except (LookupError, TypeError, InvalidVersion, RecursionError):
            return written
        return ""


def missing_helpers(cells: Iterable[KnownCell]) -> dict[str, set[str]]:
    """Return helpers with the releases of Scrapy that lack them."""
    found: dict[str, set[str]] = {}
    for cell in cells:
        if cell.mechanism == "helper-missing":
            found.setdefault(cell.at.helper, set()).add(cell.at.scrapy)
    return found


def _value(node: ast.expr, release: str, lookup: Lookup) -> object:
    """Return what an expression is in a release; raises `LookupError` where that is not known."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=parts):
            return tuple(_value(part, release, lookup) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, release, lookup)
        case ast.BoolOp(op=op, values=values):
            return _joined(values, release, lookup, decisive=isinstance(op, ast.Or))
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [_value(each, release, lookup) for each in (left, *others)]
            return all(_COMPARISONS[type(op)](*pair) for op, *pair in zip(ops, sides, sides[1:], strict=False))
    return _version(node, release, lookup)


def _version(node: ast.expr, release: str, lookup: Lookup) -> object:
    """Return the version of Scrapy, a part of it or another version."""
    match node:
        case ast.Name() | ast.Attribute():
            found = lookup(ast.unparse(node))
            if not isinstance(found, str):
                return _value(found[0], release, found[1])
            known = {"scrapy.version_info": Version(release).release, "scrapy.__version__": release,
                     "typing.TYPE_CHECKING": False}  # fmt: skip
            return known[found]
        case ast.Call(func=ast.Name(id="hasattr" | "getattr"), args=[_, ast.Constant(value=str(name)), *default]):
            return _attribute(name, release, default)
        case ast.Call(func=func, args=[argument]):
            called = str(lookup(ast.unparse(func)))
            if called.endswith(".version") and isinstance(argument, ast.Constant) and argument.value == "scrapy":
                return release
            if called.rpartition(".")[2] in _PARSERS:
                return Version(str(_value(argument, release, lookup)))
        case ast.Subscript(value=value, slice=ast.Slice(lower=None, upper=ast.Constant(value=int(end)), step=None)):
            whole = _value(value, release, lookup)
            if isinstance(whole, tuple):
                return whole[:end]
    raise LookupError(ast.unparse(node))


def _attribute(name: str, release: str, default: Sequence[ast.expr]) -> object:
    """Return whether an attribute is there; of `getattr` None where it is not."""
    there = Version(release) >= Version(_SINCE[name])
    if default and not (isinstance(default[0], ast.Constant) and not default[0].value):
        raise LookupError(name)
    return there or (None if default else False)


def _joined(values: Sequence[ast.expr], release: str, lookup: Lookup, *, decisive: bool) -> bool:
    """Return `or` (`decisive`) or `and` of values, which one of them can decide though others are not known."""
    unknown: LookupError | None = None
    for value in values:
        try:
            if bool(_value(value, release, lookup)) == decisive:
                return decisive
        except LookupError as error:
            unknown = error
    if unknown is not None:
        raise unknown
    return not decisive


class BranchVisitor(ast.NodeVisitor):
    """Visits a source and knows the class and the conditions around each line."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.guards: tuple[BranchGuard, ...] = ()
        self.owner = ""

    @contextmanager
    def _under(self, *guards: BranchGuard) -> Iterator[None]:
        before = self.guards
        self.guards += guards
        yield
        self.guards = before

    def _guard(self, test: ast.expr | tuple[str, ...], *, expected: bool) -> BranchGuard:
        return BranchGuard(test=test, expected=expected, lookup=self.lookup)

    def visit_block(self, statements: Sequence[ast.stmt]) -> None:
        """Visit statements; after an `if` that ends the block its condition does not hold."""
        with self._under():
            for statement in statements:
                self.visit(statement)
                if isinstance(statement, ast.If) and isinstance(statement.body[-1], _ENDS):
                    self.guards = (*self.guards, self._guard(statement.test, expected=False))

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        for block, expected in ((node.body, True), (node.orelse, False)):
            with self._under(self._guard(node.test, expected=expected)):
                self.visit_block(block)

    def visit_Try(self, node: ast.Try) -> None:
        helpers = tuple(
            alias.name
            for statement in node.body
            if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("scrapy.")
            for alias in statement.names
            if alias.name in HELPERS
        )
        there = [self._guard(helpers, expected=True)] if helpers else []
        absent = [self._guard(helpers, expected=False)] if helpers else []
        with self._under(*there if any(map(catches_imports, node.handlers)) else ()):
            self.visit_block([*node.body, *node.orelse])
        for handler in node.handlers:
            with self._under(*absent if catches_imports(handler) else ()):
                self.visit_block(handler.body)
        self.visit_block(node.finalbody)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        before, self.owner = self.owner, node.name
        for decorator in node.decorator_list:
            self.visit(decorator)
        self.visit_block(node.body)
        self.owner = before


def catches_imports(handler: ast.ExceptHandler) -> bool:
    """Return whether a failing import ends there."""
    return handler.type is None or any(
        isinstance(node, ast.Name) and node.id in _FAILURES for node in ast.walk(handler.type)
    )
