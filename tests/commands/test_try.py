"""`scrapy-compat try` for real: made projects whose suites do what suites do, and more."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support import live
from tests.support.command_runs import COMMAND, place  # noqa: F401
from tests.support.left_behind import carrying
from tests.support.made_targets import make_target, tree_digest

pytestmark = [pytest.mark.index, pytest.mark.timeout(600), pytest.mark.posix("signals, and files of the process")]

NARROW = ["--scrapy", "2.13.4", "--python", live.HERE]
WHERE = f"linux-py{live.HERE}-scrapy2.13.4-latest"

GOOD = """
import getpass
import os
import pathlib
import socket
import subprocess
import sys
import threading

import pytest
from twisted.internet import defer
from twisted.trial.unittest import TestCase


class TestReactor(TestCase):
    def test_the_reactor_runs(self):
        from twisted.internet import reactor

        deferred = defer.Deferred()
        reactor.callLater(0, deferred.callback, 1)
        return deferred


def test_home_is_empty_and_it_is_not_the_users():
    home = pathlib.Path("~").expanduser()
    assert list(home.iterdir()) == []
    (home / "left").write_text("behind")


def test_no_secret_of_the_user_is_here():
    assert "SECRET_TOKEN" not in os.environ


def test_it_may_write_into_its_tree():
    pathlib.Path(__file__).with_name("written.txt").write_text("x")


def test_nothing_leaves_the_machine():
    with pytest.raises(OSError):
        socket.create_connection(("192.0.2.1", 80), timeout=5)
    with pytest.raises(OSError):
        socket.getaddrinfo("example.org", 80)


def test_the_loopback_works():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_it_leaves_a_daemon():
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)


@pytest.mark.parametrize("text", ["line\\nbreak", "<b>|`mark`", "\\udc80"])
def test_ids_may_be_anything(text):
    pass


@pytest.mark.skip(reason="never")
def test_skipped():
    pass
"""

REFUSED = """
import warnings

try:
    from twisted.internet import selectreactor

    selectreactor.install()
except Exception:
    pass
"""

LOST = """
import sys

import pytest
from twisted.internet import defer
from twisted.trial.unittest import TestCase


class TestReactor(TestCase):
    def test_the_reactor_runs(self):
        from twisted.internet import reactor

        deferred = defer.Deferred()
        reactor.callLater(0, deferred.callback, 1)
        return deferred

    def test_only_without_asyncio(self):
        from twisted.internet import reactor

        if "Asyncio" in type(reactor).__name__:
            self.skipTest("not on asyncio")
"""

DIES = """
import os
import signal


def test_a_first():
    pass


def test_b_dies():
    if "Asyncio" in type(__import__("sys").modules.get("twisted.internet.reactor")).__name__:
        os.kill(os.getpid(), signal.SIGSEGV)
"""

HANGS = """
import sys
import time


def test_a_first():
    pass


def test_b_waits_for_ever():
    while "Asyncio" in type(sys.modules.get("twisted.internet.reactor")).__name__:
        time.sleep(0.1)
"""

DAMAGES = """
import pathlib
import sys

import w3lib


def test_it_changes_a_package():
    if "Asyncio" in type(sys.modules.get("twisted.internet.reactor")).__name__:
        path = pathlib.Path(w3lib.__file__)
        path.write_text(path.read_text() + "# changed")
"""

INSISTS = """
import sys

if "twisted.internet.reactor" in sys.modules:
    from twisted.internet import selectreactor

    selectreactor.install()
"""


SWAPS = """
import sys


def test_a_uses_what_there_is():
    pass


def test_b_puts_another_in_its_place():
    from twisted.internet import selectreactor

    sys.modules["twisted.internet.reactor"] = selectreactor.SelectReactor()


def test_c_has_that():
    pass
"""


def tried(place: Path, target: Path, *arguments: str, lane: str = "asyncio-default") -> dict[str, Any]:  # noqa: F811
    """What the cells say, by check, and under `answer` the whole answer."""
    before = tree_digest(target)
    command = [*COMMAND, "try", str(target), "--state", "state", *NARROW, "--lane", f"default,{lane}", "--json"]
    done = subprocess.run([*command, *arguments], cwd=place, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr
    assert tree_digest(target) == before
    listed = subprocess.run(
        [*COMMAND, "cells", "--state", "state", "--format", "json"],
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
    )
    cells = [json.loads(line) for line in listed.stdout.splitlines()]
    found = {each["cell"].removeprefix(f"{WHERE}/").removesuffix("/none"): each for each in cells}
    return {**found, "answer": json.loads(done.stdout)["answer"]}


def shown(place: Path, cell: str) -> dict[str, Any]:  # noqa: F811
    command = [*COMMAND, "show", "--state", "state", "--json", f"{WHERE}/{cell}/none"]
    return json.loads(subprocess.run(command, cwd=place, capture_output=True, text=True, check=True).stdout)


def test_a_suite_that_uses_the_reactor_passes_in_the_lane_and_nothing_is_left_of_it(
    place: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2-hunter2-hunter2")
    target = make_target(place / "plugin", {"tests/test_good.py": GOOD, "tests/conftest.py": REFUSED})
    found = tried(place, target)
    for cell in ("default/try_plain", "default/try_suite", "asyncio-default/try_suite"):
        assert found[cell]["outcome"] == "pass", found[cell]
    assert found["asyncio-default/try_suite"]["facts"]["reactor"].endswith(".AsyncioSelectorReactor")
    evidence = shown(place, "asyncio-default/try_suite")["evidence"]
    outcomes = {test["id"].partition("::")[2]: test["outcome"] for test in evidence["suite"]["tests"]}
    assert outcomes["TestReactor::test_the_reactor_runs"] == "passed"
    assert outcomes["test_skipped"] == "skipped"
    assert evidence["suite"]["counts"] == {"passed": 10, "skipped": 1}
    assert set(evidence["suite"]["network"]) == {"192.0.2.1", "example.org"}
    (note,) = evidence["suite"]["notes"]
    assert "tests/conftest.py:7" in note
    assert "SelectReactor" in note
    assert "hunter2" not in json.dumps(found)
    assert carrying(str(place)) == []
    answer = found["answer"]
    assert answer["works"] == "2.13"
    assert set(answer["lanes"]) == {"default", "asyncio-default"}
    assert not list(place.glob("plugin/**/written.txt"))


def test_the_same_command_again_runs_nothing_and_an_edit_runs_all_of_it(place: Path) -> None:  # noqa: F811
    target = make_target(place / "plugin", {"tests/test_it.py": "def test_it():\n    pass\n"})
    first = tried(place, target)
    second = tried(place, target)
    run = "asyncio-default/try_suite"
    assert second[run] == first[run]
    assert first[run]["outcome"] == "not-exercised"
    (target / "made_plugin" / "more.py").write_text("def more():\n    return 1\n")
    assert tried(place, target)["asyncio-default/try_load"]["detail"] == "2 modules imported"


def test_tests_that_skip_themselves_in_a_lane_are_lost(place: Path) -> None:  # noqa: F811
    target = make_target(place / "plugin", {"tests/test_it.py": LOST})
    found = tried(place, target)
    assert found["default/try_suite"]["outcome"] == "pass"
    lost = found["asyncio-default/try_suite"]
    assert (lost["outcome"], lost["mechanism"]) == ("lost-tests", "tests-skip-themselves")
    assert "not on asyncio" in lost["detail"]


@pytest.mark.parametrize(
    ("files", "outcome", "mechanism", "told"),
    [
        ({"tests/test_it.py": DIES}, "crash", "signal-SIGSEGV", "test_b_dies"),
        ({"tests/test_it.py": HANGS}, "hang", "suite-hangs", "test_b_waits_for_ever"),
        ({"tests/test_it.py": DAMAGES}, "crash", "damaged-environment", "w3lib/__init__.py"),
        ({"tests/conftest.py": INSISTS, "tests/test_it.py": DIES}, "lane-refused", "another-reactor", "ReactorAlready"),
        ({"tests/test_it.py": SWAPS}, "misconfigured", "reactor-not-as-asked", "and twisted.internet.selectreactor."),
        ({"made_plugin/now.py": "from twisted.internet import reactor\n"}, None, None, None),
    ],
)
def test_what_a_suite_does_in_one_lane_is_told_of_that_lane(
    place: Path,  # noqa: F811
    files: dict[str, str],
    outcome: str | None,
    mechanism: str | None,
    told: str | None,
) -> None:
    target = make_target(place / "plugin", files)
    if "tests/test_it.py" in files:
        settings = "\n[tool.scrapy-compat]\ntimeout = 5\n"
        (target / "pyproject.toml").write_text((target / "pyproject.toml").read_text() + settings)
    found = tried(place, target)
    if outcome is None:
        loaded = found["asyncio-default/try_load"]
        assert (loaded["outcome"], loaded["mechanism"]) == ("fail", "imports-the-reactor")
        assert "made_plugin.now" in loaded["detail"]
        assert found["default/try_load"]["outcome"] == "pass"
        return
    cell = found["asyncio-default/try_suite"]
    assert (cell["outcome"], cell["mechanism"]) == (outcome, mechanism), cell
    assert told is not None
    assert told in cell["detail"]
    if outcome == "hang":
        assert "test_b_waits_for_ever" in shown(place, "asyncio-default/try_suite")["evidence"]["stacks"]
    if mechanism in {"signal-SIGSEGV", "suite-hangs"}:
        tests = shown(place, "asyncio-default/try_suite")["evidence"]["suite"]["tests"]
        assert [test["outcome"] for test in tests] == ["passed"]


def test_a_module_that_imports_nowhere_says_nothing_against_an_environment(place: Path) -> None:  # noqa: F811
    optional = "import a_package_that_nobody_has\n"
    target = make_target(place / "plugin", {"made_plugin/optional.py": optional, "made_plugin/other.py": ""})
    found = tried(place, target, "--check", "load")
    loaded = found["default/try_load"]
    assert (loaded["outcome"], loaded["mechanism"]) == ("fails-anyway", "no-module-a_package_that_nobody_has"), loaded
    assert "made_plugin.optional" in loaded["detail"]
    tests = shown(place, "default/try_load")["evidence"]["suite"]["tests"]
    assert {test["id"]: test["outcome"] for test in tests} == {
        "made_plugin": "passed",
        "made_plugin.optional": "failed",
        "made_plugin.other": "passed",
    }


def test_runs_that_are_kept_inside_a_target_are_no_part_of_it(place: Path) -> None:  # noqa: F811
    target = make_target(place / "plugin", {})
    command = [*COMMAND, "try", ".", "--state", "state", *NARROW, "--lane", "default", "--json"]
    answers = []
    for _ in range(2):
        done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False, timeout=400)
        assert done.returncode == 0, done.stderr
        answers.append(json.loads(done.stdout)["answer"])
    listed = [*COMMAND, "runs", "--state", "state", "--json"]
    printed = subprocess.run(listed, cwd=target, capture_output=True, text=True, check=True).stdout
    plans = {json.loads(line)["plan"] for line in printed.splitlines()}
    assert len({plan.removesuffix(", narrowed") for plan in plans}) == 1, plans
    assert answers[0] == answers[1]


def asked(place: Path, target: Path, *arguments: str) -> subprocess.CompletedProcess[str]:  # noqa: F811
    command = [*COMMAND, "try", str(target), *arguments]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=100)


def test_a_plan_runs_nothing_of_the_target(place: Path) -> None:  # noqa: F811
    target = make_target(place / "plugin", {"setup.py": f"open({str(place / 'ran')!r}, 'w')\n"})
    done = asked(place, target, "--plan")
    assert done.returncode == 0, done.stderr
    assert "made-plugin 1.2.3" in done.stdout
    assert "(pyproject.toml: project.dependencies)" in done.stdout
    assert "(beyond what it declares)" in done.stdout
    assert not (place / "ran").exists()


def test_a_plan_is_as_narrow_as_the_run_would_be(place: Path) -> None:  # noqa: F811
    target = make_target(place / "plugin", {"tests/test_it.py": GOOD})
    done = asked(place, target, "--plan", *NARROW, "--lane", "asyncio-default", "--state", "state")
    assert f"1 environment, 2 cells:\n  Python {live.HERE}, Scrapy 2.13.4, latest\n" in done.stdout
    assert "lanes:             asyncio-default\n" in done.stdout
    assert "runs are kept in:  state\n" in done.stdout


@pytest.mark.parametrize("wrong", [("--lane", "nosuch"), ("--scrapy", "banana"), ("--python", "1.0")], ids="-".join)
@pytest.mark.parametrize("plan", [("--plan",), ()], ids=["plan", "run"])
def test_a_wrong_filter_is_refused_before_anything_is_built(
    place: Path,  # noqa: F811
    wrong: tuple[str, str],
    plan: tuple[str, ...],
) -> None:
    target = make_target(place / "plugin", {"setup.py": f"open({str(place / 'ran')!r}, 'w')\n"})
    done = asked(place, target, *plan, *wrong)
    assert done.returncode == 2, done.stdout
    assert wrong[1] in done.stderr
    assert not (place / "ran").exists()


def test_a_target_that_does_not_build_is_told_in_the_words_of_its_backend(place: Path) -> None:  # noqa: F811
    target = make_target(place / "plugin", {"setup.py": "raise RuntimeError('no way')\n"})
    command = [*COMMAND, "try", str(target), "--state", "state", *NARROW]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 2
    assert "does not build" in done.stderr
    assert "no way" in done.stderr
