"""The noxfile, as nox sees it: listed by the real command, in a process of its own."""

from __future__ import annotations

import re
import sys

import pytest

from harness import shipped
from harness.matrix.loading import load_matrix
from harness.plan.combinations import combinations
from harness.process.running import clean_environment, run

pytest.importorskip("nox")

PLATFORM = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
ROOT = shipped.matrix_file().parent
NAME = re.compile(r"^([*-]) ([a-z]+(?:\([^)]*\))?)", re.MULTILINE)


def listed(*arguments: str) -> dict[str, bool]:
    """Whether each session is selected, by name, as `nox -l` says."""
    command = [sys.executable, "-m", "nox", "--noxfile", str(ROOT / "noxfile.py"), "-l", *arguments]
    done = run(command, cwd=ROOT, env=clean_environment({"NO_COLOR": "1"}), deadline=120, cap=4_000_000)
    assert done.returncode == 0, done.stderr
    return {name: mark == "*" for mark, name in NAME.findall(done.stdout)}


@pytest.fixture(scope="module")
def sessions() -> dict[str, bool]:
    return listed()


def test_plain_nox_runs_the_checks_and_measures_nothing(sessions: dict[str, bool]) -> None:
    assert [name for name, selected in sessions.items() if selected] == ["lint", "types", "tests"]
    assert {"matrix", "report", "bench"} <= set(sessions)


def test_there_is_a_session_for_each_combination_that_the_matrix_does_not_leave_out(sessions: dict[str, bool]) -> None:
    spec = load_matrix(ROOT / "matrix.toml")
    possible = [combination for combination in combinations(spec, PLATFORM) if combination.reason is None]
    lanes = spec.lanes_of(PLATFORM)
    expected = {
        f"cell({each.python.tag}-scrapy{each.scrapy.minor}-{each.profile.name}-{lane.name})"
        for each in possible
        for lane in lanes
        if lane.unsupported(each.scrapy.version) is None
    }
    assert {name for name in sessions if name.startswith("cell(")} == expected


@pytest.mark.parametrize(
    ("tag", "part"),
    [("asyncio-uvloop", "-asyncio-uvloop)"), ("uvloop", "uvloop)"), ("era", "-era-"), ("scrapy2.13", "-scrapy2.13-")],
)
def test_a_tag_selects_just_its_sessions(tag: str, part: str) -> None:
    first, *chosen = [name for name, selected in listed("-t", tag).items() if selected]
    assert first == "install", "what all of them need"
    assert chosen
    assert all(part in name for name in chosen)


def test_a_session_is_selected_by_its_name() -> None:
    name = "cell(py3.12-scrapy2.13-latest-asyncio-default)"
    assert [each for each, selected in listed("-s", name).items() if selected] == ["install", name]
