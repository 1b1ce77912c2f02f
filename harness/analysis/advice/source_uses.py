"""Finds in a user's source where a Deferred is awaited, and with which helper; nothing of it is executed."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from harness.model.scenario_names import PLAIN_CALLBACK

_HELPERS = ("deferred_to_future", "maybe_deferred_to_future", "ensure_awaitable")
_MADE_BY = {
    **dict.fromkeys(("deferToThread", "deferToThreadPool"), "callback_from_thread"),
    **dict.fromkeys(("DeferredList", "gatherResults"), "callback_deferred_list"),
    **dict.fromkeys(("Deferred", "deferLater", "maybeDeferred", "ensureDeferred", "deferred_from_coro"),
                    "callback_pending"),
    "succeed": "callback_fired",
    "fail": "callback_failing",
}  # fmt: skip
"""Functions of Twisted and Scrapy that give a Deferred, with the scenario that asks about such a one."""
_METHODS = {"runQuery": "library_adbapi", "runInteraction": "library_adbapi", "runOperation": "library_adbapi"}
_TREQ = ("get", "post", "put", "delete", "head", "request", "content", "text_content", "json_content")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredUse:
    """One expression that makes a Deferred awaitable, or awaits it as it is."""

    node: ast.expr
    deferred: ast.expr
    """The Deferred itself."""
    helper: str
    scenario: str
    """What asks about a Deferred of that kind."""
    method: str
    """The function around it."""


@dataclass(slots=True)
class FoundUses:
    """What a source holds."""

    uses: list[DeferredUse] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    """Lines with an await of what is not known to be a Deferred."""


def find_uses(tree: ast.Module) -> FoundUses:
    """Return uses of helpers and awaits of Deferreds, in the order of lines."""
    reader = _Reader(tree)
    reader.visit(tree)
    reader.found.uses.sort(key=lambda use: (use.node.lineno, use.node.col_offset))
    return reader.found


class _Reader(ast.NodeVisitor):
    def __init__(self, tree: ast.Module) -> None:
        self.found = FoundUses()
        self._names: dict[str, str] = {}
        """What names stand for, dotted."""
        self._inline: set[str] = set()
        """Functions that `inlineCallbacks` makes give a Deferred."""
        self._methods = [""]
        self._deferreds: dict[str, str] = {}
        """Variables of the function that hold a Deferred, with the scenario."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._names.update((alias.asname or alias.name.split(".")[0], (alias.asname and alias.name)
                                    or alias.name.split(".")[0]) for alias in node.names)  # fmt: skip
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                self._names.update((alias.asname or alias.name, f"{module}.{alias.name}") for alias in node.names)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if any(self._dotted(each).endswith("inlineCallbacks") for each in node.decorator_list):
                    self._inline.add(node.name)
                if node.name in _HELPERS:
                    self._names[node.name] = f"copied.{node.name}"

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node.name in _HELPERS:
            return  # the body of a copy is not a use of it
        outer, self._deferreds = self._deferreds, {}
        self._methods.append(node.name)
        self.generic_visit(node)
        self._methods.pop()
        self._deferreds = outer

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        scenario = self._made_by(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._deferreds.pop(target.id, None)
                if scenario is not None:
                    self._deferreds[target.id] = scenario

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        helper = self._helper(node)
        if helper == "as_future" and isinstance(node.func, ast.Attribute):
            self._add(node, node.func.value, helper)
        elif helper is not None and node.args:
            self._add(node, node.args[0], helper)

    def visit_Await(self, node: ast.Await) -> None:
        self.generic_visit(node)
        if isinstance(node.value, ast.Call) and self._helper(node.value) is not None:
            return
        if self._made_by(node.value) is not None:
            self._add(node.value, node.value, "direct")
        else:
            self.found.others.append(node.lineno)

    def _add(self, node: ast.expr, deferred: ast.expr, helper: str) -> None:
        scenario = self._made_by(deferred) or PLAIN_CALLBACK
        use = DeferredUse(node=node, deferred=deferred, helper=helper, scenario=scenario, method=self._methods[-1])
        self.found.uses.append(use)

    def _helper(self, node: ast.Call) -> str | None:
        module, _, name = self._dotted(node.func).rpartition(".")
        if name == "asFuture":
            return "as_future"
        if name not in _HELPERS:
            return None
        return name if module.startswith("scrapy.") else f"copied_{name}"

    def _made_by(self, node: ast.expr) -> str | None:
        """Return the scenario that asks about such a Deferred; None where it is not known to be one."""
        if isinstance(node, ast.Name):
            return self._deferreds.get(node.id)
        if not isinstance(node, ast.Call):
            return None
        module, _, name = self._dotted(node.func).rpartition(".")
        found = _METHODS.get(name)
        if name in _MADE_BY and module.startswith(("twisted.", "scrapy.")):
            found = _MADE_BY[name]
        elif name in self._inline and module in {"", "self", "cls"}:
            found = "callback_inline_callbacks"
        elif name == "download" and module.rpartition(".")[2] == "engine":
            found = "callback_inline_request"
        elif module == "treq" and name in _TREQ:
            found = "library_treq"
        return found

    def _dotted(self, node: ast.expr) -> str:
        """`twisted.internet.defer.succeed` of `defer.succeed`, as far as names can be followed."""
        if isinstance(node, ast.Attribute):
            return f"{self._dotted(node.value)}.{node.attr}"
        if isinstance(node, ast.Name):
            return self._names.get(node.id, node.id)
        return ""
