"""`scrapy-compat try` with several targets, and with two releases of Scrapy, for real."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.support import live
from tests.support.command_runs import COMMAND, place  # noqa: F401
from tests.support.made_targets import PYPROJECT, make_target

pytestmark = [pytest.mark.index, pytest.mark.timeout(600)]

BREAKS = """
import scrapy


def test_it_always_works():
    pass


def test_it_works_before_2_14():
    assert scrapy.version_info < (2, 14)
"""
NARROW = ["--python", live.HERE, "--lane", "default", "--check", "suite"]


def tried(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:  # noqa: F811
    command = [*COMMAND, "try", *arguments, "--state", "state", *NARROW]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=400)


def test_several_targets_end_with_one_table_and_each_has_runs_of_its_own(place: Path) -> None:  # noqa: F811
    make_target(place / "good", {"tests/test_it.py": "def test_it():\n    pass\n"})
    breaks = PYPROJECT.replace("made-plugin", "breaking-plugin")
    make_target(place / "breaks", {"tests/test_it.py": BREAKS}, breaks)
    make_target(place / "broken", {"setup.py": "raise RuntimeError('no way')\n"}, PYPROJECT.replace("made", "third"))
    (place / "plugins.txt").write_text("breaks\nbroken\n")
    done = tried(place, "good", "-r", "plugins.txt", "--scrapy", "2.14", "--against", "2.13")
    assert done.returncode == 2, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["Scrapy", "2.13", "2.14"]
    assert lines[1].split() == ["made-plugin", "1.2.3", "✓", "✓"]
    assert lines[2].split() == ["breaking-plugin", "1.2.3", "✓", "✗"]
    assert lines[3].split() == ["broken", "-", "-"]
    assert "broken was not tried: " in done.stdout
    assert "no way" in done.stdout
    assert "  Scrapy 2.13 -> 2.14: 2 regressed, 0 fixed, 1 the same." in done.stdout
    assert "    tests that differ: tests/test_it.py::test_it_works_before_2_14" in done.stdout
    assert {path.name for path in (place / "state").iterdir()} == {"made-plugin", "breaking-plugin"}
    kept = next(line for line in lines if "state/breaking-plugin" in line).partition(": ")[2]
    listed = subprocess.run(
        [*COMMAND, *shlex.split(kept)[1:], "--outcome", "fails-anyway", "--format", "ids"],
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "try_plain" in listed.stdout


def test_what_a_target_says_of_two_releases_is_in_its_json_and_is_run_again_by_the_printed_command(
    place: Path,  # noqa: F811
) -> None:
    make_target(place / "breaks", {"tests/test_it.py": BREAKS})
    done = tried(place, "breaks", "--scrapy", "2.14", "--against", "2.13", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)["answer"]
    (pair, *_) = answer["change"]["changed"]
    assert (pair["change"], pair["tests"]) == ("regressed", ["tests/test_it.py::test_it_works_before_2_14"])
    again = tried(place, "breaks", "--cell", pair["cells"][1], "--json")
    assert json.loads(again.stdout)["answer"]["releases"] == {"2.14": "fails-anyway"}


@pytest.mark.parametrize(("scrapy", "against"), [("2.14", "2.14"), (">=2.13", "2.12"), ("2.14", "2")])
def test_what_are_not_two_releases_is_refused(place: Path, scrapy: str, against: str) -> None:  # noqa: F811
    make_target(place / "good", {})
    done = tried(place, "good", "--scrapy", scrapy, "--against", against)
    assert done.returncode == 2
    assert "these are not two releases" in done.stderr
