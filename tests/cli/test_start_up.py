"""What starts quickly stays so: heavy libraries are imported by the commands that need them, and by no other."""

from __future__ import annotations

import subprocess
import sys
from pkgutil import resolve_name

import click
import pytest

from harness.cli.main import scrapy_compat
from harness.cli.query import SHAPES
from harness.render.formats import FORMATS
from harness.render.text import query

HEAVY = {
    "numpy",
    "requests",
    "rich",
    "harness.render.markdown.matrix_md",
    "harness.judge.claim_results",
    "harness.commands.run",
}


def imported(code: str) -> set[str]:
    told = "import sys; print(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", f"{code}\n{told}"]
    finished = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return set(finished.stdout.splitlines())


def test_the_command_line_itself_imports_nothing_heavy() -> None:
    assert not imported("import harness.cli") & HEAVY


def test_a_command_imports_no_other() -> None:
    told = imported("from harness.cli import main\ntry: main(['runs', '--help'])\nexcept SystemExit: pass")
    named = {f"harness.cli.{name}" for name in scrapy_compat.list_commands(click.Context(scrapy_compat))}
    assert named & told == {"harness.cli.runs"}
    assert not told & HEAVY


@pytest.mark.parametrize(
    "module",
    [
        "harness.workspace",
        "harness.commands.run",
        "harness.commands.stored_runs",
        "harness.commands.claims",
        "harness.commands.why",
        "harness.render.text.why",
    ],
)
def test_what_folds_no_cells_does_without_numpy(module: str) -> None:
    assert "numpy" not in imported(f"import {module}")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_names_a_function(name: str) -> None:
    assert callable(resolve_name(f"harness.render.{FORMATS[name].function}"))


def test_the_shapes_of_a_query_are_those_that_there_are() -> None:
    assert SHAPES == query.SHAPES


def test_a_run_imports_the_formats_when_it_writes_them() -> None:
    assert "harness.render.markdown.matrix_md" not in imported("import harness.commands.run")
