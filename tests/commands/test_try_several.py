"""`scrapy-compat try` with several targets, and with two releases of Scrapy, for real."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from harness.cli.try_ import try_command
from harness.render.emitted import KINDS
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


def test_two_targets_of_one_name_have_folders_of_their_own(place: Path) -> None:  # noqa: F811
    make_target(place / "one", {})
    make_target(place / "two", {"made_plugin/more.py": ""})
    done = tried(place, "one", "two", "--scrapy", "2.13.4", "--check", "load", "--out", "out", "--json")
    assert done.returncode == 0, done.stderr
    commands = [line["found"]["command"] for line in json.loads(done.stdout)["targets"]]
    states = [command[command.index("--state") + 1] for command in commands]
    assert states[0] == str(Path("state", "made-plugin"))
    assert states[1].startswith(states[0] + "-")
    assert {path.name for path in (place / "out").iterdir()} == {Path(state).name for state in states}
    assert [command[:2] for command in commands] == [["try", "one"], ["try", "two"]]


def test_what_pytest_is_given_stays_in_the_command_that_runs_a_cell_again(place: Path) -> None:  # noqa: F811
    make_target(place / "state", {"tests/test_it.py": "def test_it():\n    assert 0\n\ndef test_b():\n    pass\n"})
    (place / "list.txt").write_text("state\n")
    command = [*COMMAND, "--debug", "try", "-r", "list.txt", "--state", "kept", *NARROW, "--scrapy=2.13.4", "--json"]
    given = ["--", "-rs", "-k", "b or it"]
    done = subprocess.run([*command, *given], cwd=place, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr
    words = json.loads(done.stdout)["command"]
    assert (words[:2], words[-len(given) :]) == (["try", "state"], given)
    options = words[2 : -len(given)]
    assert sorted(options) == sorted([*NARROW, "--scrapy", "2.13.4", "--json", "--state", "kept"])
    again = subprocess.run([*COMMAND, *words], cwd=place, capture_output=True, text=True, check=True, timeout=400)
    assert json.loads(again.stdout)["answer"] == json.loads(done.stdout)["answer"]


@pytest.mark.parametrize("wrong", [["--emit", "tox", "--json"], ["--emit", "tox", "--plan"], ["--plan", "--json"]])
def test_two_things_to_print_are_refused(place: Path, wrong: list[str]) -> None:  # noqa: F811
    make_target(place / "good", {})
    done = tried(place, "good", *wrong)
    assert done.returncode == 2
    assert done.stdout == ""


def test_one_text_is_written_of_one_target(place: Path) -> None:  # noqa: F811
    done = tried(place, "good", "other", "--emit", "tox")
    assert done.returncode == 2
    assert "of one target" in done.stderr


def test_what_can_be_written_is_what_the_option_takes() -> None:
    (option,) = [each for each in try_command.params if each.name == "emit"]
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == tuple(KINDS)
