"""Finds in a user's source where a Deferred is awaited, and with which helper; nothing of it is executed."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.analysis.advice.source_guards import HELPERS, BranchGuard, BranchVisitor
from harness.analysis.advice.source_names import SourceFile, WrittenHelper, read_files
from harness.analysis.advice.source_needs import driven_coroutines, is_asyncio_call
from harness.model.scenario_names import PLAIN_CALLBACK

_MADE_BY = {
    **dict.fromkeys(("deferToThread", "deferToThreadPool"), "callback_from_thread"),
    **dict.fromkeys(("DeferredList", "gatherResults"), "callback_deferred_list"),
    **dict.fromkeys(("Deferred", "deferLater", "maybeDeferred"), "callback_pending"),
    **dict.fromkeys(("ensureDeferred", "fromCoroutine", "deferred_from_coro"), "callback_pending"),
    "succeed": "callback_fired",
    "fail": "callback_failing",
}  # fmt: skip
"""Functions of Twisted and Scrapy that give a Deferred, with the scenario that asks about such a one."""
_METHODS = {"runQuery": "library_adbapi", "runInteraction": "library_adbapi", "runOperation": "library_adbapi"}
_WITH_REACTOR = {"callback_from_thread", "library_adbapi", "library_treq"}
"""What asks about a Deferred that only a reactor fires."""
_FIRED = {"callback_fired", "callback_failing"}
_DRIVES = ("ensureDeferred", "fromCoroutine", "deferred_from_coro")
_CHAINS = ("addCallback", "addErrback", "addBoth", "addCallbacks", "addTimeout")
"""Methods of a Deferred that return it."""
_TREQ = ("get", "post", "put", "delete", "head", "request", "content", "text_content", "json_content")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredUse:
    """One expression that makes a Deferred awaitable, or awaits it as it is."""

    node: ast.expr
    deferred: ast.expr
    """The Deferred itself."""
    helper: str
    written: tuple[WrittenHelper, ...]
    """What the name of the helper stands for, in which releases."""
    guards: tuple[BranchGuard, ...]
    """Conditions around the line."""
    scenario: str
    """What asks about a Deferred of that kind."""
    method: str
    """The function around it."""


@dataclass(slots=True)
class FoundUses:
    """What a source holds."""

    uses: list[DeferredUse] = field(default_factory=list)
    without_helper: list[tuple[int, str]] = field(default_factory=list)
    """Lines with a Deferred that needs no helper, and what it needs, see `_needed_by`.

    It is made, returned, yielded under `inlineCallbacks`, or awaited in a coroutine that Twisted drives.
    """
    others: list[int] = field(default_factory=list)
    """Lines with an await of what is not known to be a Deferred."""
    unread: dict[int, list[str]] = field(default_factory=dict)
    """Lines with what is called like a helper, but was not read."""


def find_uses(tree: ast.Module, file: SourceFile | None = None) -> FoundUses:
    """Return uses of helpers and awaits of Deferreds, in the order of lines; `file`: its names, if others are read."""
    file = file or read_files({Path("source.py"): tree})[Path("source.py")]
    reader = _UseReader(file, driven_coroutines(tree, file))
    reader.visit_block(tree.body)
    reader.found.uses.sort(key=lambda use: (use.node.lineno, use.node.col_offset))
    return reader.found


class _UseReader(BranchVisitor):
    def __init__(self, file: SourceFile, driven: frozenset[str]) -> None:
        super().__init__(file.meaning)
        self.found = FoundUses()
        self._file = file
        self._driven = driven
        """Coroutines that Twisted drives, not Scrapy."""
        self._methods = [""]
        self._with_reactor = False
        """Whether the function names the reactor."""
        self._kind = ""
        """Of the function: `async`, `inline` (of `inlineCallbacks`), or `plain`."""
        self._deferreds: dict[str, str] = {}
        """Variables of the function that hold a Deferred, with the scenario."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node.name in HELPERS:
            return  # the body of a copy is not a use of it
        outer, self._deferreds = self._deferreds, {}
        kind, self._kind = self._kind, self._kind_of(node)
        with_reactor, self._with_reactor = self._with_reactor, self._names_reactor(node)
        self._methods.append(node.name)
        self.visit_block(node.body)
        self._methods.pop()
        self._deferreds, self._kind, self._with_reactor = outer, kind, with_reactor

    def _kind_of(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
        if isinstance(node, ast.AsyncFunctionDef):
            return "async"
        inline = any(self._file.dotted(each).endswith("inlineCallbacks") for each in node.decorator_list)
        return "inline" if inline else "plain"

    def _names_reactor(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        return any(isinstance(part, ast.Name) and self._file.dotted(part) == "twisted.internet.reactor"
                   for part in ast.walk(node))  # fmt: skip

    def visit_Return(self, node: ast.Return) -> None:
        self.generic_visit(node)
        if self._kind == "plain" and node.value is not None:
            self._without_helper(node.value)

    def visit_Yield(self, node: ast.Yield) -> None:
        self.generic_visit(node)
        if self._kind == "inline" and node.value is not None:
            self._without_helper(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        self.generic_visit(node)
        if isinstance(_unchained(node.value), ast.Call):
            self._without_helper(node.value)

    def _without_helper(self, node: ast.expr) -> None:
        scenario = self._made_by(node)
        if scenario is not None:
            self.found.without_helper.append((node.lineno, self._needed_by(node, scenario)))

    def _needed_by(self, node: ast.expr, scenario: str) -> str:
        """Return what a Deferred needs: `reactor`, `coroutine` (what the one that it drives needs), or nothing."""
        made = _unchained(node)
        if isinstance(made, ast.Call) and self._file.dotted(made.func).rpartition(".")[2] in _DRIVES:
            return "coroutine"
        with_reactor = scenario in _WITH_REACTOR or (self._with_reactor and scenario not in _FIRED)
        return "reactor" if with_reactor else ""

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        self._assigned(node.targets, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.generic_visit(node)
        if node.value is not None:
            self._assigned([node.target], node.value)

    def _assigned(self, targets: Sequence[ast.expr], value: ast.expr) -> None:
        scenario = self._made_by(value)
        for target in targets:
            if isinstance(target, ast.Name):
                self._deferreds.pop(target.id, None)
                if scenario is not None:
                    self._deferreds[target.id] = scenario

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and _is_as_future(node):
            self._add(node, node.func.value, "as_future")
            return
        found = self._helpers(node)
        known = tuple(each for each in found if each.helper is not None)
        if known and node.args:
            first = known[0].helper or ""
            self._add(node, node.args[0], first, known)
        for each in found:
            if each.helper is None:
                self.found.unread.setdefault(node.lineno, []).append(f"{ast.unparse(node.func)} of {each.origin}")

    def visit_Await(self, node: ast.Await) -> None:
        self.generic_visit(node)
        if isinstance(node.value, ast.Call) and (_is_as_future(node.value) or self._helpers(node.value)):
            return
        if self._made_by(node.value) is not None:
            if self._methods[-1] in self._driven:
                self._without_helper(node.value)
            else:
                self._add(node.value, node.value, "direct")
        elif not is_asyncio_call(node.value, self._file):
            self.found.others.append(node.lineno)

    def _add(self, node: ast.expr, deferred: ast.expr, helper: str, written: tuple[WrittenHelper, ...] = ()) -> None:
        use = DeferredUse(
            node=node,
            deferred=deferred,
            helper=helper,
            written=written or (WrittenHelper(helper=helper, origin="", guards=()),),
            guards=self.guards,
            scenario=self._made_by(deferred) or PLAIN_CALLBACK,
            method=self._methods[-1],
        )
        self.found.uses.append(use)

    def _helpers(self, node: ast.Call) -> list[WrittenHelper]:
        """Return what a called helper may be, but for what only type checkers see and other branches."""
        return [each for each in self._file.helpers(node.func, self.owner) if each.ever_with(self.guards)]

    def _made_by(self, node: ast.expr) -> str | None:
        """Return the scenario that asks about such a Deferred; None where it is not known to be one."""
        node = _unchained(node)
        if isinstance(node, ast.Name):
            return self._deferreds.get(node.id)
        if not isinstance(node, ast.Call):
            return None
        module, _, name = self._file.dotted(node.func).rpartition(".")
        found = _METHODS.get(name)
        if name in _MADE_BY and module.startswith(("twisted.", "scrapy.")):
            found = _MADE_BY[name]
        elif self._file.gives_deferred(self._file.dotted(node.func), self.owner, self.guards):
            found = "callback_inline_callbacks"
        elif name == "download" and module.rpartition(".")[2] == "engine":
            found = "callback_inline_request"
        elif module == "treq" and name in _TREQ:
            found = "library_treq"
        return found


def _unchained(node: ast.expr) -> ast.expr:
    """Return the Deferred to which callbacks are added."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHAINS:
        node = node.func.value
    return node


def _is_as_future(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "asFuture"
