"""The layout can be guessed: a name means one thing, a command has its file, and imports point one way."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from keyword import iskeyword
from pathlib import Path

import grimp
import pytest

from harness.cli.main import scrapy_compat
from harness.infra import resources
from tests.support.commands import subcommands

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = resources.matrix_file().parent
HARNESS = ROOT / "harness"
LAYERS = 12
CHAIN = 14
ROOMS_OF_COMMANDS = {"cli", "commands", "text"}
"""Folders in which a file has the name of the command that it belongs to."""


@cache
def trees() -> Mapping[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(HARNESS.rglob("*.py"))}


def named(path: Path) -> str:
    """The word that names a module: of a package that of its folder."""
    return path.parent.name if path.stem == "__init__" else path.stem


def module_of(command: str) -> str:
    """The name of the modules of a command; a word that Python keeps for itself has a line behind it."""
    return f"{command.replace('-', '_')}{'_' if iskeyword(command) else ''}"


def classes(tree: ast.Module) -> Iterator[str]:
    yield from (node.name for node in tree.body if isinstance(node, ast.ClassDef))


def imports() -> Mapping[str, frozenset[str]]:
    graph = grimp.build_graph("harness", cache_dir=None)
    return {module: frozenset(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def longest_chain(graph: Mapping[str, frozenset[str]]) -> list[str]:
    """Modules of which each imports the next; there are no circles, which the layers hold."""

    @cache
    def below(module: str) -> tuple[str, ...]:
        return (module, *max((below(each) for each in sorted(graph[module])), key=len, default=()))

    return list(max((below(module) for module in sorted(graph)), key=len))


def test_a_module_that_ends_in_ing_says_why() -> None:
    ends = {path: tree for path, tree in trees().items() if named(path).endswith("ing")}
    unexplained = [path for path, tree in ends.items() if named(path) not in (ast.get_docstring(tree) or "").lower()]
    assert unexplained == []


def test_no_class_name_means_two_things() -> None:
    places = defaultdict(list)
    for path, tree in trees().items():
        for name in classes(tree):
            places[name].append(str(path.relative_to(HARNESS)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_module_name_means_two_things_but_those_of_commands() -> None:
    places = defaultdict(list)
    for path in trees():
        if path.stem != "__init__":
            places[path.stem].append(path)
    twice = {name: found for name, found in places.items() if len(found) > 1}
    commands = set(map(module_of, subcommands(scrapy_compat)))
    wrong = {
        name: found
        for name, found in twice.items()
        if name not in commands or any(path.parent.name not in ROOMS_OF_COMMANDS for path in found)
    }
    assert wrong == {}


@pytest.mark.parametrize("command", sorted(subcommands(scrapy_compat)))
def test_every_command_has_a_file_of_its_name(command: str) -> None:
    file = f"{module_of(command)}.py"
    assert [room for room in ("cli", "commands") if not (HARNESS / room / file).is_file()] == []


def test_the_longest_chain_of_imports_is_short() -> None:
    assert len(longest_chain(imports())) <= CHAIN


def test_there_are_few_layers() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    assert [len(each["layers"]) <= LAYERS for each in contracts if each["type"] == "layers"] == [True]


def test_the_name_of_a_lane_is_taken_apart_in_one_place() -> None:
    found = {
        str(path.relative_to(HARNESS))
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"partition", "split"} and "lane" in ast.unparse(node.func.value)
    }  # fmt: skip
    assert found == set()


def test_no_test_module_imports_from_another() -> None:
    wrong = [
        (path.name, node.module)
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2].startswith("test_")
    ]
    assert wrong == []
