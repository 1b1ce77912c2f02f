"""The tutorial's commands, run as a reader runs them, print what it says they do."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.support.command_runs import place, scrapy_compat  # noqa: F401  (the fixture is asked for by name)
from tests.support.needs import some_python
from tests.support.printed import pattern

pytestmark = [pytest.mark.index, pytest.mark.some_python]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "first-run.md"


def blocks(language: str) -> list[str]:
    """The blocks of the page, which says itself that any Python from 3.10 on will do."""
    text = PAGE.read_text(encoding="utf-8").replace("3.12", some_python())
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", text)


def test_the_tutorial_tells_what_happens(place: Path) -> None:  # noqa: F811
    told = blocks("console")
    assert len(told) == 6
    for block in told:
        command, _, output = block.partition("\n")
        done = scrapy_compat(place, *shlex.split(command.removeprefix("$ scrapy-compat ")))
        assert done.returncode == 0, done.stderr
        assert re.fullmatch(pattern(output), done.stdout), f"{command}\n{done.stdout[:5000]}"
    (excerpt,) = blocks("text")
    report = (place / "report" / "matrix.md").read_text(encoding="utf-8")
    assert re.fullmatch(pattern(excerpt), report), report[:5000]


def test_the_tutorial_of_try_tells_what_it_reads(place: Path) -> None:  # noqa: F811
    page = PAGE.with_name("try-your-plugin.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"(?ms)^```console\n(\$ scrapy-compat try [^\n]* --plan\n.*?)^```$", page)
    command, _, output = block.partition("\n")
    done = scrapy_compat(place, *shlex.split(command.removeprefix("$ scrapy-compat ")))
    assert done.returncode == 0, done.stderr
    # Which Pythons there are is a matter of the machine, and which release is the newest one of the matrix.
    told = re.sub(r"(?m)^(control: +).*?: ", r"\1...: ", output)
    assert re.fullmatch(pattern(told), done.stdout), done.stdout
