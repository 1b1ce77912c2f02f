"""harness.runner.deadlines: one table of limits, and nobody has a copy of one."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields

from harness.infra.resources import scenarios_dir
from harness.runner import deadlines as module
from harness.runner.deadlines import PROGRAM, Deadlines, of_batch, without_outcome

WATCHERS = ("watchdog", "forking", "batch", "process_usage")


def test_a_program_gets_more_and_a_longer_deadline_stays() -> None:
    assert of_batch(3.0, program=False).progress == 3.0
    assert of_batch(3.0, program=True).progress == PROGRAM
    assert of_batch(60.0, program=True).progress == 60.0


def test_each_that_watches_is_later_than_the_one_before_it() -> None:
    limits = Deadlines.of(10.0)
    assert limits.progress < limits.stacks < limits.silence
    assert limits.progress * limits.working < without_outcome([limits])


def test_the_kit_reads_every_limit_of_the_table_and_writes_none_down() -> None:
    read: set[str] = set()
    for name in WATCHERS:
        source = (scenarios_dir() / "kit" / f"{name}.py").read_text(encoding="utf-8")
        read |= set(re.findall(r'(?:limits|\["deadlines"\]|_deadlines)\["(\w+)"\]', source))
        numbers = [
            node.value
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Constant) and isinstance(node.value, float)
        ]
        # Nothing and nobody's seconds: the moment for which a parent sleeps that has nothing to read.
        assert set(numbers) <= {0.0, 0.001, 1e9}, name
    assert read == {field.name for field in fields(Deadlines)}


def test_every_limit_has_its_reason() -> None:
    body = ast.parse(inspect.getsource(module)).body
    for number, node in enumerate(body):
        if isinstance(node, ast.Assign):
            reason = body[number + 1]
            assert isinstance(reason, ast.Expr), ast.unparse(node)
            assert isinstance(reason.value, ast.Constant)
