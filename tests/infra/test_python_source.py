"""Source of others is parsed without a word about what the compiler only warns of."""

from __future__ import annotations

import ast
import os
import subprocess
from pathlib import Path

import pytest

from harness.infra.python_source import TOO_DEEP, parse_python
from tests.support.command_runs import COMMAND

WARNED_OF = 'import re\nwhite = re.compile("\\s+")\nsame = white is 1\n'


def test_what_the_compiler_warns_of_is_neither_printed_nor_raised() -> None:
    # pytest's own configuration makes errors of warnings: what is not caught would raise `SyntaxError` here.
    assert isinstance(parse_python(WARNED_OF), ast.Module)


def test_source_that_is_none_is_still_refused_with_its_name() -> None:
    with pytest.raises(SyntaxError) as error:
        parse_python("def :", "spiders/one.py")
    assert error.value.filename == "spiders/one.py"


@pytest.mark.slow
def test_advise_reads_a_file_with_an_invalid_escape_and_prints_no_warning(tmp_path: Path) -> None:
    source = tmp_path / "spider.py"
    source.write_text(WARNED_OF, encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, "advise", "--have", str(source)],
        env={**os.environ, "PYTHONWARNINGS": "always"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "escape" not in done.stdout + done.stderr
    assert done.returncode == 0, done.stderr


def test_source_that_is_nested_too_deeply_to_be_visited_is_refused_at_once() -> None:
    fits = " + ".join(["1"] * 200)
    ast.unparse(parse_python(f"f({fits})"))
    with pytest.raises(TOO_DEEP, match="nested more than"):
        parse_python(f"f({' + '.join(['1'] * 400)})")
