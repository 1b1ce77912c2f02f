"""What one module of Scrapy holds: names, classes, calls, and its own words about what is deprecated."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.infra.python_source import for_type_checkers

_SETTING_READERS = frozenset({
    *("get", "getbool", "getint", "getfloat", "getlist", "getdict", "getdictorlist", "getwithbase"),
    *("getpriority", "get_in_order", "set", "setdefault", "get_component_priority_dict_with_base"),
})  # fmt: skip
_SHORTEST_SETTING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedClass:
    """A class as it is written."""

    bases: tuple[str, ...]
    """Names in the module, dotted."""
    members: frozenset[str]
    calls: dict[str, frozenset[str] | None]
    """Arguments that can be named, by method; None: any."""


@dataclass(slots=True)
class ModuleNames:
    """What a module holds."""

    bound: dict[str, str] = field(default_factory=dict)
    """Names, and what an import binds them to, dotted; empty for what is defined there."""
    open: bool = False
    """More can be imported than is written: `import *` of another package, or a `__getattr__` that computes names."""
    stars: list[str] = field(default_factory=list)
    """Modules of which all is imported."""
    classes: dict[str, NamedClass] = field(default_factory=dict)
    functions: dict[str, frozenset[str] | None] = field(default_factory=dict)
    """Arguments that can be named; None: any."""
    deprecated: dict[str, str] = field(default_factory=dict)
    """Scrapy's own words, by name, `Class.member`, or nothing for the module."""
    warned: list[str] = field(default_factory=list)
    """All words of deprecation warnings there."""
    mentions: set[str] = field(default_factory=set)
    """Attributes and strings that stand anywhere in it."""
    asked: set[str] = field(default_factory=set)
    """Attributes that it asks spiders and middlewares for with `hasattr` or `getattr`."""
    settings: set[str] = field(default_factory=set)
    """Settings that it reads or has a default for."""


def read_module(tree: ast.Module, module: str, *, package: bool) -> ModuleNames:
    """Return what the module of that dotted name holds; `package`: it is the `__init__.py` of one."""
    reader = _ModuleReader(module, package=package)
    reader.read_block(tree.body)
    reader.names.deprecated.update(("", words) for words in _warned_at_once(tree.body))
    _read_everywhere(tree, reader.names)
    if module == "scrapy.settings.default_settings":
        reader.names.settings.update(name for name in reader.names.bound if name.isupper())
    return reader.names


class _ModuleReader:
    def __init__(self, module: str, *, package: bool) -> None:
        self.names = ModuleNames()
        self._package = module.split(".") if package else module.split(".")[:-1]

    def read_block(self, statements: Sequence[ast.stmt]) -> None:
        for node in statements:
            match node:
                case ast.Import() | ast.ImportFrom():
                    self._import(node)
                case ast.ClassDef():
                    self._class(node)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._function(node)
                case ast.Assign(targets=targets):
                    self._assign(targets, node.value)
                case ast.AnnAssign(target=target) if node.value is not None:
                    self._assign([target], node.value)
                case ast.If() if for_type_checkers(node) or ast.unparse(node.test) == "__name__ == '__main__'":
                    self.read_block(node.orelse)
                case ast.If() | ast.Try() | ast.With() | ast.For() | ast.While():
                    self._inner(node)
                case _:
                    pass

    def _inner(self, node: ast.stmt) -> None:
        for block in ("body", "orelse", "finalbody"):
            self.read_block(getattr(node, block, []))
        for handler in getattr(node, "handlers", []):
            self.read_block(handler.body)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                self.names.bound[alias.asname or top] = alias.name if alias.asname else top
            return
        base = self._package[: len(self._package) - node.level + 1] if node.level else []
        source = ".".join((*base, *([node.module] if node.module else [])))
        for alias in node.names:
            if alias.name == "*":
                self.names.stars.append(source)
                self.names.open |= not source.startswith("scrapy")
            else:
                self.names.bound[alias.asname or alias.name] = f"{source}.{alias.name}"

    def _assign(self, targets: Sequence[ast.expr], value: ast.expr) -> None:
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Name):
                    new = _new_class_of(value)
                    other = new if new is not None else value
                    alias = ast.unparse(other) if isinstance(other, (ast.Name, ast.Attribute)) else ""
                    self.names.bound[part.id] = self._meant(alias)
                    if new is not None:
                        self.names.deprecated[part.id] = f"use {ast.unparse(new)}"

    def _meant(self, alias: str) -> str:
        first, dot, rest = alias.partition(".")
        bound = self.names.bound.get(first)
        return "" if bound is None else f"{bound or f'.{first}'}{dot}{rest}"

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.names.bound[node.name] = ""
        self.names.functions[node.name] = _arguments(node)
        self._deprecation(node.name, node)
        if node.name == "__getattr__":
            asked = [each for each in ast.walk(node) if isinstance(each, ast.Compare)]
            given = {each.value for compare in asked for each in ast.walk(compare)
                     if isinstance(each, ast.Constant) and isinstance(each.value, str)}  # fmt: skip
            self.names.bound.update(dict.fromkeys(given, ""))
            words = next(_warned_somewhere(node), "")
            self.names.deprecated.update(dict.fromkeys(given, words) if words else {})
            self.names.open |= any(isinstance(each, (ast.Name, ast.Starred, ast.Attribute))
                                   for compare in asked for part in compare.comparators
                                   for each in ast.walk(part))  # fmt: skip

    def _class(self, node: ast.ClassDef) -> None:
        self.names.bound[node.name] = ""
        members: set[str] = set()
        calls: dict[str, frozenset[str] | None] = {}
        for each in _class_statements(node.body):
            match each:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    members.add(each.name)
                    static = any(ast.unparse(one) == "staticmethod" for one in each.decorator_list)
                    calls[each.name] = _arguments(each, skip=0 if static else 1)
                    self._deprecation(node.name if each.name == "__init__" else f"{node.name}.{each.name}", each)
                case ast.Assign(targets=targets):
                    members.update(part.id for target in targets for part in ast.walk(target)
                                   if isinstance(part, ast.Name))  # fmt: skip
                case ast.AnnAssign(target=ast.Name(id=name)):
                    members.add(name)
                case _:
                    pass
        # What methods set on their object is there as well.
        members.update(each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)
                       and isinstance(each.ctx, ast.Store) and ast.unparse(each.value) == "self")  # fmt: skip
        self._deprecation(node.name, node)
        bases = tuple(ast.unparse(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases)
        self.names.classes[node.name] = NamedClass(bases=bases, members=frozenset(members), calls=calls)

    def _deprecation(self, key: str, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and _last(decorator.func) == "deprecated":
                texts = [*map(_text, decorator.args), *(_text(each.value) for each in decorator.keywords)]
                self.names.deprecated[key] = f"use {texts[0]}" if texts and texts[0] else "deprecated"
        if not isinstance(node, ast.ClassDef):
            for words in _warned_at_once(node.body):
                self.names.deprecated.setdefault(key, words)


def _class_statements(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for node in statements:
        if for_type_checkers(node) and isinstance(node, ast.If):
            yield from _class_statements(node.orelse)
        elif isinstance(node, (ast.If, ast.Try)):
            yield from _class_statements([*node.body, *node.orelse])
        else:
            yield node


def _read_everywhere(tree: ast.Module, names: ModuleNames) -> None:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=attr):
                names.mentions.add(attr)
            case ast.Constant(value=str(text)) if text.isidentifier():
                names.mentions.add(text)
            case ast.Call(func=ast.Name(id="hasattr" | "getattr"),
                          args=[ast.Name(id="mw" | "spider"), ast.Constant(value=str(text)), *_]):  # fmt: skip
                names.asked.add(text)
        match node:
            case ast.Call(func=ast.Attribute(attr=attr), args=[ast.Constant(value=str(text)), *_]) if (
                attr in _SETTING_READERS and _is_setting(text)
            ):
                names.settings.add(text)
            case ast.Subscript(slice=ast.Constant(value=str(text))) if _is_setting(text):
                names.settings.add(text)
    names.warned.extend(_warned_somewhere(tree))


def _is_setting(text: str) -> bool:
    return len(text) >= _SHORTEST_SETTING and text.isupper() and text.isidentifier()


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef, skip: int = 0) -> frozenset[str] | None:
    """Return the arguments that a call can name, None where it can name any."""
    if node.args.kwarg is not None:
        return None
    return frozenset(each.arg for each in (*node.args.args[skip:], *node.args.kwonlyargs))


def _last(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _warned_at_once(statements: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield the words of deprecation warnings that are given whenever the statements run."""
    for node in statements:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield from _warning_of(node.value)


def _warned_somewhere(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _warning_of(node)


def _warning_of(node: ast.Call) -> Iterator[str]:
    if _last(node.func) == "warn" and node.args:
        given = [*node.args[1:], *(each.value for each in node.keywords)]
        if any("Deprecat" in ast.unparse(each) for each in given) and (words := _text(node.args[0])):
            yield words


def _text(node: ast.expr) -> str:
    """Return a string as far as it is written; of what is put into it the expression."""
    match node:
        case ast.Constant(value=str(text)):
            return " ".join(text.split())
        case ast.JoinedStr(values=parts):
            texts = [str(part.value) if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
                     for part in parts if isinstance(part, (ast.Constant, ast.FormattedValue))]  # fmt: skip
            return " ".join("".join(texts).split())
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return f"{_text(left)} {_text(right)}".strip()
    return ""


def _new_class_of(node: ast.expr) -> ast.expr | None:
    """Return the class that `create_deprecated_class` gives another name; None of other expressions."""
    if not isinstance(node, ast.Call) or _last(node.func) != "create_deprecated_class":
        return None
    given = {each.arg: each.value for each in node.keywords}
    return given.get("new_class") or (node.args[1] if len(node.args) > 1 else None)
