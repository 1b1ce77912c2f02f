"""Classes of a user's sources with what they inherit, through all the files that are read together."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.analysis.advice.source_names import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceClass:
    """One class of a source."""

    scrapy: tuple[str, ...]
    """Classes of Scrapy that it comes from, directly or through other classes read, dotted."""
    defined: frozenset[str]
    """Members that it, or a class read that it comes from, defines."""
    inherited: frozenset[str]
    """Those of the classes read that it comes from."""


class SourceClasses:
    """The classes of files that are read together."""

    def __init__(self, trees: Mapping[SourceFile, ast.Module]) -> None:
        self._written = {
            (file, node.name): node
            for file, tree in trees.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
        }

    def of(self, file: SourceFile, node: ast.ClassDef) -> SourceClass:
        """Return a class with what it inherits."""
        scrapy: list[str] = []
        own = frozenset(name for name, _ in class_members(node.body))
        inherited: set[str] = set()
        for at, each in self._line(file, node, seen=set()):
            if each is None:
                scrapy.append(at)
            elif each is not node:
                inherited.update(name for name, _ in class_members(each.body))
        return SourceClass(scrapy=tuple(dict.fromkeys(scrapy)), defined=own | inherited, inherited=frozenset(inherited))

    def _line(
        self, file: SourceFile, node: ast.ClassDef, seen: set[ast.ClassDef]
    ) -> Iterator[tuple[str, ast.ClassDef | None]]:
        """Yield a class, and what it comes from: classes that were read, and names of Scrapy's."""
        seen.add(node)
        yield node.name, node
        for base in node.bases:
            where, name = file.origin(base.value if isinstance(base, ast.Subscript) else base)
            written = None if where is None else self._written.get((where, name))
            if written is not None and where is not None:
                if written not in seen:
                    yield from self._line(where, written, seen)
            elif name.startswith("scrapy."):
                yield name, None


def class_members(statements: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    """Yield the methods and attributes that a class's block defines, with the statement."""
    for node in statements:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name, node
            case ast.Assign(targets=targets):
                yield from ((part.id, node) for target in targets for part in ast.walk(target)
                            if isinstance(part, ast.Name))  # fmt: skip
            case ast.AnnAssign(target=ast.Name(id=name)) if node.value is not None:
                yield name, node
            case ast.If() | ast.Try():
                yield from class_members([*node.body, *node.orelse])
            case _:
                pass
