"""Tables at a terminal: nothing is cut, ids stay whole, and what no terminal reads is one line a row."""

from __future__ import annotations

from rich import box
from rich.cells import cell_len

from harness.interpreters.interpreter import Interpreter, Interpreters
from harness.render.table_lines import table_lines
from harness.render.text.pythons import pythons_lines

ROWS = [("3.12", "/usr/bin/python3.12", "CPython 3.12.1 " + "of somebody " * 20), ("日本", "-", "x\ny\x1b[31m")]

PYTHON = Interpreter(
    key="3.12", path="/usr/bin/python3.12", version="3.12.1", implementation="CPython", build="3.12.1", platform="x",
    cache_tag="cpython-312", fingerprint="0", origin="uv",
)  # fmt: skip


def test_without_a_terminal_a_row_is_one_line_whatever_it_holds() -> None:
    head, first, second = table_lines(ROWS, ("python", "path", "build"))
    assert head.split() == ["python", "path", "build"]
    assert first.endswith("of somebody of somebody")
    assert second.split() == ["日本", "-", "x", "y\\x1b[31m"]


def test_columns_are_aligned_by_what_a_terminal_shows() -> None:
    _, first, second = table_lines(ROWS, ("python", "path", "build"))
    assert cell_len(first.partition("/usr")[0]) == cell_len(second.partition("-")[0])


def test_at_a_terminal_words_are_folded_and_ids_and_paths_stay_whole() -> None:
    lines = list(table_lines([(row[2], row[1]) for row in ROWS], width=80))
    assert len(lines) > 3
    assert all(cell_len(line) <= 80 for line in lines)
    assert lines[0].startswith("CPython 3.12.1 of somebody")
    assert lines[0].endswith("  /usr/bin/python3.12")
    assert " ".join(lines).count("somebody") == 20


def test_a_terminal_that_is_too_narrow_cuts_nothing() -> None:
    lines = list(table_lines([("linux-py3.12/a/b/c", "a word", "an-id-that-is-long")], width=5))
    assert lines == ["linux-py3.12/a/b/c  a word  an-id-that-is-long"]


def test_a_table_may_have_a_rule_below_its_head_and_no_rows() -> None:
    head, rule = table_lines([], ("a", "long"), box=box.SIMPLE_HEAD)
    assert (head.split(), set(rule)) == (["a", "long"], {"─"})


def test_pythons_are_a_table_with_what_is_missing() -> None:
    found = Interpreters(
        found={"3.12": PYTHON},
        missing={"3.15": "no Python 3.15 found"},
        others=(),
        broken={"/bad": "says nothing"},
    )
    assert [line.split() for line in pythons_lines(found)] == [
        ["python", "path", "build"],
        ["3.12", "/usr/bin/python3.12", "CPython", "3.12.1,", "from", "uv"],
        ["3.15", "missing", "no", "Python", "3.15", "found"],
        ["not", "usable:", "/bad:", "says", "nothing"],
    ]
