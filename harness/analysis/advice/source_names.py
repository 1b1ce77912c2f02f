"""What names in a user's sources stand for: Scrapy's helpers, copies of them, or what was not read."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.analysis.advice.source_guards import HELPERS, BranchGuard, BranchVisitor, Lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class NameBinding:
    """One import or definition of a name."""

    target: str
    """What is imported, dotted; of a function defined here `copied_...` where it does as a helper does, else empty."""
    guards: tuple[BranchGuard, ...]
    inline: bool = False
    """A function that `inlineCallbacks` makes give a Deferred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenHelper:
    """A helper that a name stands for, in the releases in which the guards hold."""

    helper: str | None
    """None: it is not known what the name stands for."""
    origin: str
    """The module, or the file of a copy."""
    guards: tuple[BranchGuard, ...]

    def ever_with(self, others: tuple[BranchGuard, ...]) -> bool:
        """Whether it may be what a line under `others` calls."""
        against = {(guard.test, not guard.expected) for guard in others}
        return all(
            (guard.test, guard.expected) not in against
            and not (guard.expected and not isinstance(guard.test, tuple)
                     and guard.lookup(ast.unparse(guard.test)) == "typing.TYPE_CHECKING")
            for guard in self.guards
        )  # fmt: skip


class SourceFile(BranchVisitor):
    """Names of one file, and through the files read with it."""

    def __init__(self, path: Path, tree: ast.Module, files: Mapping[Path, SourceFile]) -> None:
        super().__init__(self.meaning)
        self.path = path
        self._files = files
        self._bound: dict[str, list[NameBinding]] = {}
        self._constants: dict[str, list[ast.expr]] = {}
        self.visit_block(tree.body)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.split(".")[0]
            self._bind(alias.asname or top, alias.name if alias.asname else top)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self._bind(alias.asname or alias.name, f"{'.' * node.level}{node.module or ''}:{alias.name}")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if isinstance(target, (ast.Name, ast.Attribute)):
                self._constants.setdefault(ast.unparse(target), []).append(node.value)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        inline = any(self.dotted(each).endswith("inlineCallbacks") for each in node.decorator_list)
        self._bind(f"{self.owner}.{node.name}" if self.owner else node.name, _copied(node), inline=inline)
        owner, self.owner = self.owner, ""
        self.visit_block(node.body)
        self.owner = owner

    def _bind(self, name: str, target: str, *, inline: bool = False) -> None:
        self._bound.setdefault(name, []).append(NameBinding(target=target, guards=self.guards, inline=inline))

    def dotted(self, node: ast.expr) -> str:
        """Return `twisted.internet.defer.succeed` of `defer.succeed`, as far as names can be followed."""
        if isinstance(node, ast.Attribute):
            return f"{self.dotted(node.value)}.{node.attr}"
        if isinstance(node, ast.Name):
            imported = [each.target for each in self._bound.get(node.id, []) if each.target]
            return _joined_name(imported[-1]) if imported else node.id
        return "?"

    def imported(self, node: ast.Attribute) -> tuple[str, str] | None:
        """Return what the first name of `log.msg` was imported as and the whole, dotted; None where it was not."""
        first: ast.expr = node
        while isinstance(first, ast.Attribute):
            first = first.value
        bound = self._bound.get(first.id, []) if isinstance(first, ast.Name) else []
        if not bound or not bound[-1].target:
            return None
        return _joined_name(bound[-1].target), self.dotted(node)

    def origin(self, node: ast.expr) -> tuple[SourceFile | None, str]:
        """Return the file read that defines a name, and what it is called there; else None and the dotted name."""
        written = self.dotted(node)
        if isinstance(node, ast.Name) and not any(each.target for each in self._bound.get(node.id, [])):
            return self, node.id
        target = self._bound[node.id][-1].target if isinstance(node, ast.Name) else ""
        module, _, name = target.partition(":") if target else written.rpartition(".")
        file = self._file(module) if name else None
        if file is None or file is self:
            return None, written
        return file.origin(ast.Name(id=name)) if name in file._bound else (file, name)

    def meaning(self, name: str) -> str | tuple[ast.expr, Lookup]:
        """Return what a name of this file is, followed through the files read."""
        first, _, rest = name.partition(".")
        assigned = self._constants.get(name, [])
        if len(assigned) == 1 and ("." not in name or _asks_for_attribute(assigned[0])):
            return assigned[0], self.meaning
        bound = self._bound.get(first, [])
        if not bound or not bound[-1].target:
            return name
        module, colon, imported = bound[-1].target.partition(":")
        file = self._file(module) if colon else None
        if file is not None and not rest:
            return file.meaning(imported)
        return _joined_name(bound[-1].target) + (f".{rest}" if rest else "")

    def gives_deferred(self, name: str, owner: str, guards: tuple[BranchGuard, ...]) -> bool:
        """Whether every function that `name` may be there is one of `inlineCallbacks`."""
        module, _, last = name.rpartition(".")
        key = {"": last, "self": f"{owner}.{last}", "cls": f"{owner}.{last}"}.get(module, "")
        against = {(guard.test, not guard.expected) for guard in guards}
        there = [each for each in self._bound.get(key, [])
                 if not any((guard.test, guard.expected) in against for guard in each.guards)]  # fmt: skip
        return bool(there) and all(each.inline for each in there)

    def helpers(self, node: ast.expr, owner: str) -> list[WrittenHelper]:
        """Return the helpers that a called function may be; none where nothing looks like one."""
        if isinstance(node, ast.Attribute):
            module = self.dotted(node.value)
            if module in {"self", "cls"}:
                found = list(self._followed(f"{owner}.{node.attr}", (), frozenset()))
            else:
                found = list(self._imported(f"{module}:{node.attr}", (), frozenset()))
            name = node.attr
        elif isinstance(node, ast.Name):
            name = node.id
            found = list(self._followed(name, (), frozenset()))
        else:
            return []
        looks = name.lstrip("_") in HELPERS or any(each.helper for each in found)
        return found if looks else []

    def _followed(self, name: str, guards: tuple[BranchGuard, ...], seen: frozenset[Path]) -> Iterator[WrittenHelper]:
        bound = self._bound.get(name, [])
        for each in bound:
            within = guards + each.guards
            if each.target and ":" in each.target:
                yield from self._imported(each.target, within, seen)
            else:
                yield WrittenHelper(helper=each.target or None, origin=str(self.path), guards=within)
        if not bound:
            yield WrittenHelper(helper=None, origin=str(self.path), guards=guards)

    def _imported(self, target: str, guards: tuple[BranchGuard, ...], seen: frozenset[Path]) -> Iterator[WrittenHelper]:
        module, _, name = target.partition(":")
        file = self._file(module)
        if module == "scrapy" or module.startswith("scrapy."):
            yield WrittenHelper(helper=name if name in HELPERS else None, origin=module, guards=guards)
        elif file is None or file.path in seen:
            yield WrittenHelper(helper=None, origin=module, guards=guards)
        else:
            yield from file._followed(name, guards, seen | {self.path})

    def _file(self, module: str) -> SourceFile | None:
        """Return the file read that a module is in; None where it was not read, or more than one may be it."""
        words = module.lstrip(".").split(".") if module.strip(".") else []
        level = len(module) - len(module.lstrip("."))
        tail = Path(*words)
        if level:
            if level > len(self.path.parents):
                return None
            base = self.path.parents[level - 1] / tail
            return self._files.get(base.parent / f"{base.name}.py") or self._files.get(base / "__init__.py")
        ends = (tail.with_suffix(".py").parts, (tail / "__init__.py").parts) if words else ()
        found = [file for path, file in self._files.items() for end in ends if path.parts[-len(end) :] == end]
        return found[0] if len(found) == 1 else None


def _asks_for_attribute(node: ast.expr) -> bool:
    """Return whether a value is of `hasattr` or `getattr`: that an object keeps, others are changed from elsewhere."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"hasattr", "getattr"}


def _joined_name(target: str) -> str:
    module, _, name = target.partition(":")
    return f"{module}{'' if not name or module.endswith('.') else '.'}{name}"


def _copied(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return which helper a function is a copy of: it has that name, and its body does as the helper does."""
    name = node.name.lstrip("_")
    names = {part.attr if isinstance(part, ast.Attribute) else part.id
             for part in ast.walk(node) if isinstance(part, (ast.Attribute, ast.Name))}  # fmt: skip
    return f"copied_{name}" if name in HELPERS and names & {"asFuture", *HELPERS} else ""


def read_files(trees: Mapping[Path, ast.Module]) -> dict[Path, SourceFile]:
    """Return the names of files that are read together."""
    files: dict[Path, SourceFile] = {}
    for path, tree in trees.items():
        files[path] = SourceFile(path, tree, files)
    return files
