"""The machines on which README's two commands are run, and what is taken for wrong there."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.fresh_machine import FreshMachine, Seen, commands, exit_code, possible_minors
from tests.support.live import HERE, matrix

pytestmark = pytest.mark.posix("programs that are links")


@pytest.fixture
def machine(tmp_path: Path) -> FreshMachine:
    return FreshMachine.make(tmp_path / "machine", HERE, sys.executable, ci=False, fetch=False, cold=True)


@pytest.fixture
def seen(machine: FreshMachine) -> Seen:
    """A machine on which all is as README says."""
    minors = possible_minors(matrix(), "3.11")
    return Seen(
        machine=replace(machine, python="3.11"),
        pythons=1,
        environments=(16, 20),
        releases=minors,
        possible=minors,
        cells=(10, 12),
        exits=(0, 0),
        seconds=(1.0, 1.0),
        lacking=("3 tests need Wine: install it",),
        changed=(),
    )


def test_a_machine_has_one_python_and_neither_uv_nor_a_browser(
    machine: FreshMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRAPY_COMPAT_PYTHONS", "/somewhere")
    found = machine.run("which -a python python3 uv pyenv wine chromium google-chrome; echo $HOME; env; ls")
    assert f"{machine.bin}/python3\n{machine.home}\n" in found.stdout
    assert "SCRAPY_COMPAT_PYTHONS" not in found.stdout
    assert f"HOME={os.environ['HOME']}\n" not in found.stdout
    assert "README.md" in found.stdout
    assert machine.run("git status --porcelain").stdout == ""
    version = machine.run("python3 --version").stdout
    assert version.startswith(f"Python {HERE}."), version


def test_what_a_machine_runs_is_what_readme_says() -> None:
    assert [command.rpartition(" ")[2] for command in commands()] == ["matrix", "tests"]


def test_nothing_is_wrong_where_all_is_as_readme_says(seen: Seen) -> None:
    assert list(seen.failures()) == []
    assert seen.row() == ["3.11", "1", "16 of 20", "16 of 16", "10 of 12", "0", "1", "0", "1", "0"]


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"exits": (3, 0)}, "the first command ends with 3"),
        ({"exits": (0, 1)}, "the second command ends with 1"),
        ({"lacking": ()}, "the second command does not say what tests need"),
        ({"changed": (" M reports/matrix.md",)}, "`git status` shows 1 line:  M reports/matrix.md"),
        ({"releases": frozenset({"2.19"})}, "Scrapy 2.4, 2.5, 2.6, 2.7, 2.8, 2.9, 2.10, 2.11, 2.12, 2.13, 2.14, 2.15"),
    ],
)
def test_what_is_not_as_readme_says_is_named(seen: Seen, change: dict[str, object], failure: str) -> None:
    (told,) = replace(seen, **change).failures()  # type: ignore[arg-type]
    assert told.startswith(failure)


def test_a_tenth_of_the_releases_may_be_left_out(seen: Seen) -> None:
    assert list(replace(seen, releases=seen.releases - {"2.9"}).failures()) == []
    assert len(list(replace(seen, releases=seen.releases - {"2.9", "2.10"}).failures())) == 1


def test_in_ci_what_is_incomplete_ends_with_3(seen: Seen) -> None:
    in_ci = replace(seen, machine=replace(seen.machine, ci=True))
    assert list(in_ci.failures()) == ["the first command ends with 0"]
    assert list(replace(in_ci, exits=(3, 0)).failures()) == []


def test_the_code_is_that_of_the_program_that_nox_ran(machine: FreshMachine) -> None:
    assert exit_code(machine.run("echo 'Command x failed with exit code 3' >&2; exit 1")) == 3
    assert exit_code(machine.run("exit 1")) == 1
    assert exit_code(machine.run("echo 'nothing failed with exit code 3'")) == 0


def test_what_can_run_on_a_python_is_known_from_the_matrix() -> None:
    assert possible_minors(matrix(), "3.14") == {f"2.{minor}" for minor in range(8, 20)}
    assert possible_minors(matrix(), "3.11") == {f"2.{minor}" for minor in range(4, 20)}
