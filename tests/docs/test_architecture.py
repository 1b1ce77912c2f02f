"""What texts say of the code is there: modules, classes, functions and files by the names that they are given."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from harness.infra import resources

ROOT = resources.matrix_file().parent
ARCHITECTURE = ROOT / "docs" / "explanation" / "architecture.md"
HOPS = 9
SHAPES = 6
CHANGES = 7
"""The six changes that are likely, and a new command."""
TOML = {"matrix.toml", "claims.toml"}
KNOWN_TO_ALL = {"subprocess", "scrapy-compat report --format"}
NEW = {"trend", "<name>", "<family>_<name>", "test_clock", "test_deltafetch"}
"""How files are called that a change would add, or that a project has which is tried."""
WAY_OF_A_CELL = "## The way of a cell"
CODE = re.compile(r"`([^`\n]+)`")
NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)?")
FILE = re.compile(
    r"\b(?:harness|scenarios|tests|docs|benchmarks)/(?!_shipped)[\w./-]+\.(?:py|md|toml|js|css|j2|json)\b"
)
MODULE = re.compile(r"\bharness(?:\.[a-z_]\w*)+")
TEXTS = {".py", ".md", ".toml", ".yml", ".js"}


@cache
def defined(path: Path) -> frozenset[str]:
    """Classes and functions of a module, methods as `Class.method`."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return frozenset(names)


def rows(text: str) -> Iterator[list[str]]:
    """The cells of each row of the tables in a text, their heads left out."""
    lines = text.splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("|") and before.startswith("|") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def unknown(text: str) -> list[str]:
    """Names in a text that no module has which the text names as well, and paths that are not there."""
    spans = CODE.findall(text)
    paths = [span for span in spans if "/" in span]
    missing = [path for path in paths if not (ROOT / path).exists()]
    modules = [ROOT / path for path in paths if path.endswith(".py") and path not in missing]
    known = {name for module in modules for name in defined(module)}
    names = [span for span in spans if NAME.fullmatch(span) and not span.endswith(".toml")]
    return missing + [name for name in names if name not in known]


def sections() -> list[str]:
    """The parts of the page about the architecture: each row of a table, each paragraph."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    return [" | ".join(row) for row in rows(text)] + [
        part for part in re.sub(r"(?ms)^```.*?^```$", "", text).split("\n\n") if not part.startswith("|")
    ]


def test_what_the_architecture_names_is_in_the_module_that_it_names() -> None:
    assert {section: names for section in sections() if (names := unknown(section))} == {}


def test_a_name_that_is_gone_is_noticed() -> None:
    row = "| `harness/runner/follower.py` | `BatchFollower.take`, `BatchFollower.lost`, and `lost` in `harness/lost` |"
    assert unknown(row) == ["harness/lost", "BatchFollower.lost", "lost"]


def test_the_docstring_of_a_package_names_what_is_there() -> None:
    names = {name for path in (ROOT / "harness").rglob("*.py") for name in defined(path)}
    wrong = {
        path.parent.name: missing
        for path in (ROOT / "harness").rglob("__init__.py")
        for text in [ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""]
        if (missing := [each for each in CODE.findall(text) if not is_in_package(each, path.parent, names)]) or not text
    }
    assert wrong == {}


def is_in_package(name: str, package: Path, names: set[str]) -> bool:
    """Whether it is a file or module of a package or of the root, or a class or function of the harness."""
    there = (ROOT / name, package / name, package / f"{name}.py", *package.glob(name))
    return name in names or name in KNOWN_TO_ALL or any(path.exists() for path in there)


def test_the_files_that_a_change_touches_are_there() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, changes = guide.partition("## For change X touch Y")
    changes, _, _ = changes.partition("\n## ")
    named = {row[0]: [span for span in CODE.findall(row[1]) if "/" in span or span in TOML] for row in rows(changes)}
    assert len(named) >= CHANGES
    assert all(named.values())
    wrong = {
        path
        for path in (path for paths in named.values() for path in paths)
        if not (ROOT / path).exists() and not (Path(path).stem in NEW and (ROOT / path).parent.is_dir())
    }
    assert wrong == set()


def test_a_command_is_the_three_files_that_the_guide_names() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = [re.sub("trend", "show", path) for path in CODE.findall(guide) if path.endswith("/trend.py")]
    assert [(ROOT / path).is_file() for path in named] == [True, True, True]
    assert "show_command" in defined(ROOT / named[0])


def test_the_way_of_a_cell_is_short() -> None:
    _, _, way = ARCHITECTURE.read_text(encoding="utf-8").partition(WAY_OF_A_CELL)
    numbers = [int(row[0]) for row in rows(way) if row[0].isdecimal()]
    assert numbers == list(range(1, HOPS + 1))
    shapes = [row for row in rows(way) if len(row) == 4]
    assert len(shapes) == SHAPES


def test_every_package_is_in_the_architecture() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    packages = [path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "harness").glob("*/__init__.py")]
    assert [package for package in packages if f"`{package}/`" not in text] == []


def texts() -> list[Path]:
    """What is read by people: documentation, comments and docstrings, settings."""
    folders = ["harness", "scenarios", "docs", "benchmarks", ".github"]
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")] + list(ROOT.iterdir())
    return sorted(path for path in found if path.suffix in TEXTS and path.name != "CHANGELOG.md")


def is_there(dotted: str) -> bool:
    """Whether a module of that name is there, or one that defines its last part."""
    *parents, last = dotted.split(".")
    folder, holder = ROOT.joinpath(*parents), ROOT.joinpath(*parents).with_suffix(".py")
    if any(path.exists() for path in (folder / last, folder / f"{last}.py")) or last == "__file__":
        return True
    source = holder if holder.is_file() else folder / "__init__.py"
    return source.is_file() and last in source.read_text(encoding="utf-8")


def test_every_file_and_module_that_a_text_names_is_there() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in texts()
        for text in [path.read_text(encoding="utf-8")]
        for name in [each for each in FILE.findall(text) if not (ROOT / each).exists() and Path(each).stem not in NEW]
        + [each for each in MODULE.findall(text) if not is_there(each)]
    ]
    assert wrong == []
