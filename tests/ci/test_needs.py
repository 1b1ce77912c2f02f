"""What a machine lacks is skipped with the command that brings it, or is an error where all is demanded."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from harness.infra.process.supervisor import Completed, clean_environment, run
from tests.support.needs import NEEDS
from tests.support.needs_plugin import DEMAND

ROOT = Path(__file__).resolve().parents[2]
SUITE = """\
import pytest

@pytest.mark.browser
@pytest.mark.parametrize("number", [1, 2, 3])
def test_drives_a_browser(number): assert number

@pytest.mark.browser
@pytest.mark.index
def test_drives_a_browser_and_asks_the_index(): pass

@pytest.mark.skipif(True, reason="only Mars has it")
def test_of_mars(): pass

def test_needs_nothing(): pass
"""
LACKING = {
    "SCRAPY_COMPAT_CHROMIUM": "/nowhere/chromium",
    "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple",
    "NO_PROXY": "127.0.0.1",
    "COLUMNS": "300",
}
"""Settings of a machine that has neither Chromium nor an index."""


def suite_run(folder: Path, *arguments: str, **environ: str) -> Completed:
    """What pytest says of a small suite on such a machine."""
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers -rfExX\n")
    (folder / "test_suite.py").write_text(SUITE)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.support.needs_plugin",
        "-p",
        "no:cacheprovider",
        str(folder),
        *arguments,
    ]
    return run(command, cwd=ROOT, env=clean_environment({**LACKING, **environ}), deadline=60)


@pytest.mark.slow
def test_tests_are_skipped_with_one_line_for_each_need(tmp_path: Path) -> None:
    done = suite_run(tmp_path, **{DEMAND: ""})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, 5 skipped" in done.stdout
    _, _, section = done.stdout.partition(" skipped =")
    assert section.splitlines()[1:4] == [
        f"4 tests need Chromium: {NEEDS['browser'].remedy}",
        f"1 test needs the package index: {NEEDS['index'].remedy}",
        "1 test was skipped: only Mars has it",
    ]


@pytest.mark.slow
def test_where_all_is_demanded_such_a_skip_is_an_error_that_names_the_need(tmp_path: Path) -> None:
    done = suite_run(tmp_path, **{DEMAND: "all"})
    assert done.returncode == 1
    assert "1 passed, 1 skipped, 4 errors" in done.stdout
    assert f"needs Chromium: {NEEDS['browser'].remedy}" in done.stdout
    assert "tests need" not in done.stdout


@pytest.mark.slow
def test_what_a_machine_need_not_have_is_left_out_by_its_marker(tmp_path: Path) -> None:
    done = suite_run(tmp_path, "-m", "not browser", **{DEMAND: "all"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, 1 skipped, 4 deselected" in done.stdout


def test_nothing_else_is_skipped_but_for_what_a_platform_has_not() -> None:
    """So where all is demanded, whatever the platform has is run."""
    for path in sorted((ROOT / "tests").glob("*.py")):
        if path.stem in {"needs_plugin", "conftest", "test_needs"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"pytest.skip", "pytest.importorskip", "pytest.mark.skip"}, f"{path}:{node.lineno}"
                if called == "pytest.mark.skipif":
                    assert ast.unparse(node.args[0]).startswith("sys.platform "), f"{path}:{node.lineno}"
