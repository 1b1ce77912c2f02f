"""What starts quickly stays so: heavy libraries are imported by the commands that need them, and by no other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness.cli.reporting import FORMATS, SHAPES
from harness.render.formats import FILES, query

HEAVY = {"numpy", "requests", "rich", "harness.render.markdown", "harness.judge.claims", "harness.pipeline"}


def imported(code: str) -> set[str]:
    told = "import sys; print(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", f"{code}\n{told}"]
    finished = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return set(finished.stdout.splitlines())


def test_the_command_line_itself_imports_nothing_heavy() -> None:
    assert not imported("import harness.cli") & HEAVY


@pytest.mark.parametrize("module", ["harness.asking", "harness.pipeline", "harness.reading", "harness.judging"])
def test_what_folds_no_cells_does_without_numpy(module: str) -> None:
    assert "numpy" not in imported(f"import {module}")


def test_the_names_of_formats_are_those_that_there_are() -> None:
    assert tuple(FILES) == FORMATS
    assert SHAPES == query.SHAPES


def test_a_run_imports_the_formats_when_it_writes_them() -> None:
    assert "harness.render.markdown" not in imported("import harness.pipeline")
