"""Finds in a user's source what newer releases of Scrapy take away or deprecate; nothing of it is executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.analysis.advice.source_classes import SourceClass, SourceClasses
from harness.analysis.advice.source_guards import BranchVisitor, catches_imports
from harness.analysis.advice.source_names import SourceFile
from harness.analysis.scrapy_names.names_table import NameHistory, NamesTable
from harness.infra.python_source import for_type_checkers

_SETTING_METHODS = frozenset({
    *("get", "getbool", "getint", "getfloat", "getlist", "getdict", "getdictorlist", "getwithbase"),
    *("set", "setdefault", "pop"),
})  # fmt: skip
_PASSED_WHERE_ASKED = ("process_", "open_spider", "close_spider", "download_request")
"""How methods begin of which Scrapy looks whether they take the argument `spider`, and then passes it."""
_CALLED = re.compile(r"\b(\w+)\(\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChange:
    """A line that names what some releases do not have, or call deprecated."""

    line: int
    kind: str
    """`name`, `argument`, `member` (used), `override`, `required` (an argument of an override), `hook` or `setting`."""
    what: str
    owner: str
    """The class, function or module that it is of; may be empty."""
    gone: tuple[str, ...]
    """Releases of the range, oldest first, in which it is not there."""
    deprecated: tuple[str, ...]
    """Releases of the range in which Scrapy warns of it."""
    words: str
    """Scrapy's own words on it."""
    path: str
    """Of a name, as the source has it, dotted: what is gone may be the module that it is in."""
    now: str
    """Where a name is that was only passed on, dotted; empty where that is not known."""

    @property
    def silent(self) -> bool:
        """Whether nothing is raised or logged where it is gone."""
        return self.kind in {"override", "hook", "setting"}


class ChangeSearch:
    """What releases take away, to be held against sources."""

    def __init__(self, table: NamesTable, releases: Sequence[str], missing: Mapping[str, set[str]]) -> None:
        """`releases` are those of the range, oldest first; `missing`: helpers with the releases that lack them."""
        self.table = table
        self._missing = missing
        by_minor = {_minor(version): version for version in table.releases}
        self._versions = {release: by_minor[_minor(release)] for release in releases if _minor(release) in by_minor}
        self.unknown = tuple(release for release in releases if release not in self._versions)
        """Releases of the range that the table does not know."""
        self.newest = list(self._versions)[-1:]

    def search(
        self, files: Mapping[Path, SourceFile], trees: Mapping[Path, ast.Module]
    ) -> dict[Path, list[SourceChange]]:
        """Return what is found in files that are read together, in the order of lines."""
        classes = SourceClasses({files[path]: tree for path, tree in trees.items()})
        found = {}
        for path, tree in trees.items():
            reader = _ChangeReader(files[path], classes, self)
            reader.visit_block(tree.body)
            found[path] = sorted(set(reader.found), key=lambda each: (each.line, each.owner, each.what))
        return found

    def split(self, history: NameHistory, releases: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return those of `releases` in which something is gone, and those in which it is deprecated."""
        there, warned = map(self.table.releases_of, (history.there, history.deprecated))
        # What only older releases lack is no change that a newer one brings.
        first = min(map(self.table.releases.index, there))
        since = frozenset(self.table.releases[first:])
        versions = self._versions
        return (
            tuple(each for each in releases if versions[each] in since - there),
            tuple(each for each in releases if versions[each] in warned),
        )

    def running(self, reader: BranchVisitor) -> list[str]:
        """Return the releases in which a line under the guards runs."""
        return [release for release in self._versions
                if all(guard.runs_in(release, self._missing) for guard in reader.guards)]  # fmt: skip


class _ChangeReader(BranchVisitor):
    def __init__(self, file: SourceFile, classes: SourceClasses, search: ChangeSearch) -> None:
        super().__init__(file.meaning)
        self.found: list[SourceChange] = []
        self._file = file
        self._classes = classes
        self._search = search
        self._caught = False
        """Whether a name that is not there is dealt with."""
        self._inside: list[SourceClass] = []
        self._settings_file = "settings" in file.path.parts or "settings" in file.path.stem
        self._function = ""

    def visit_If(self, node: ast.If) -> None:
        if for_type_checkers(node):
            self.visit_block(node.orelse)
        else:
            super().visit_If(node)

    def visit_Try(self, node: ast.Try) -> None:
        before, self._caught = self._caught, self._caught or any(map(_falls_back, node.handlers))
        super().visit_Try(node)
        self._caught = before

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._named(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if not node.level:
            for alias in node.names:
                self._named(node, f"{node.module}.{alias.name}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        bound = self._file.imported(node)
        if bound is None:
            self.generic_visit(node)
        else:
            target, path = bound
            # What is wrong with the import is said where it is.
            if self._search.table.name_at(target) is None:
                self._named(node, path)

    def _named(self, node: ast.stmt | ast.expr, path: str) -> None:
        # Under a condition that asks for an attribute somebody has taken care already.
        asks = any(guard.undecided(release) for release in self._search.newest for guard in self.guards)
        if asks or self._caught or not path.startswith("scrapy"):
            return
        found = self._search.table.name_at(path)
        if found is not None:
            part, history = found
            owner, _, last = part.rpartition(".")
            self._add(node, "name", last, owner, history, path=path)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for base in node.bases:
            self.visit(base)
        self._inside.append(self._classes.of(self._file, node))
        function, self._function = self._function, ""
        super().visit_ClassDef(node)
        self._function = function
        self._inside.pop()

    def _member(self, node: ast.stmt, name: str) -> None:
        """Look at what the block of a class defines: Scrapy may have called it."""
        whole = self._inside[-1]
        for base in whole.scrapy:
            self._overridden(node, name, base, whole)
        hook = self._search.table.hooks.get(name)
        if hook is not None and not any(name in self._search.table.members_of(base) for base in whole.scrapy) and (
            not _replaced(hook.words, name, whole)
        ):  # fmt: skip
            self._add(node, "hook", name, self.owner, hook)

    def _overridden(self, node: ast.stmt, name: str, base: str, whole: SourceClass) -> None:
        history = self._search.table.members_of(base).get(name)
        if history is not None and not _replaced(history.words, name, whole):
            called = history.called or history.there
            self._add(node, "override", name, base, NameHistory(there=called, words=history.words))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not name.startswith(_PASSED_WHERE_ASKED):
            gone = self._search.table.arguments_of(base if name == "__init__" else f"{base}.{name}")
            # The objects are made by the user's code, or from settings.
            for argument in () if name == "__init__" else _required(node):
                if argument in gone:
                    self._add(node, "required", argument, f"{base}.{name}", gone[argument])

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._in_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._in_function(node)

    def _in_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if self._inside and not self._function:
            self._member(node, node.name)
        for part in (*node.decorator_list, node.args):
            self.visit(part)
        before, self._function = self._function, self._function or node.name
        self.visit_block(node.body)
        self._function = before

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        path = self._file.dotted(node.func)
        if path.startswith("scrapy."):
            self._arguments(node, path)
        if isinstance(node.func, ast.Attribute):
            self._of_object(node, node.func)
            if node.func.attr in _SETTING_METHODS and node.args:
                self._setting(node.args[0])

    def _of_object(self, node: ast.Call, called: ast.Attribute) -> None:
        """Look at a call of a method of the object itself, or of what it inherits."""
        itself = isinstance(called.value, ast.Name) and called.value.id == "self"
        above = isinstance(called.value, ast.Call) and ast.unparse(called.value.func) == "super"
        for base in self._inside[-1].scrapy if self._inside and (itself or above) else ():
            if above:
                self._arguments(node, base if called.attr == "__init__" else f"{base}.{called.attr}")
            history = self._search.table.members_of(base).get(called.attr)
            own = self._inside[-1].inherited if above else self._inside[-1].defined
            if history is not None and called.attr not in own:
                self._add(node, "member", called.attr, base, history)

    def _arguments(self, node: ast.Call, path: str) -> None:
        gone = self._search.table.arguments_of(path)
        for keyword in node.keywords:
            if keyword.arg in gone and keyword.arg is not None:
                self._add(keyword.value, "argument", keyword.arg, path, gone[keyword.arg])

    def visit_Dict(self, node: ast.Dict) -> None:
        self.generic_visit(node)
        for key in node.keys:
            self._setting(key)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.generic_visit(node)
        self._setting(node.slice)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets if not self._function else ():
            if isinstance(target, ast.Name) and self._inside:
                self._member(node, target.id)
            elif isinstance(target, ast.Name) and self._settings_file:
                self._set(target, target.id)

    def _setting(self, key: ast.expr | None) -> None:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            self._set(key, key.value)

    def _set(self, node: ast.expr, name: str) -> None:
        history = self._search.table.settings.get(name)
        if history is not None:
            self._add(node, "setting", name, "", history)

    def _add(
        self, node: ast.stmt | ast.expr, kind: str, what: str, owner: str, history: NameHistory, *, path: str = ""
    ) -> None:
        gone, deprecated = self._search.split(history, self._search.running(self))
        if gone or deprecated:
            self.found.append(
                SourceChange(line=node.lineno, kind=kind, what=what, owner=owner, gone=gone, deprecated=deprecated,
                             words=history.words, path=path, now=history.now)
            )  # fmt: skip


def _falls_back(handler: ast.ExceptHandler) -> bool:
    """Return whether a name that is not there ends in the handler."""
    caught = {each.id for each in ast.walk(handler.type) if isinstance(each, ast.Name)} if handler.type else set()
    return catches_imports(handler) or not caught.isdisjoint({"AttributeError", "NameError"})


def _required(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Yield the arguments that a call has to give."""
    plain = node.args.args[1 : len(node.args.args) - len(node.args.defaults)]
    yield from (each.arg for each in plain)
    yield from (each.arg for each, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                if default is None)  # fmt: skip


def _replaced(words: str, name: str, whole: SourceClass) -> bool:
    """Return whether a class also defines what Scrapy's words name instead: newer releases call that."""
    return any(each != name and each in whole.defined for each in _CALLED.findall(words))


def _minor(version: str) -> tuple[str, ...]:
    return tuple(version.split(".")[:2])
