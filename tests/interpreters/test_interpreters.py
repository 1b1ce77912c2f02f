"""harness.interpreters.search with the interpreters of this machine, and with files that only look like some."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.interpreters.candidates import VARIABLE, candidates
from harness.interpreters.interpreter import Interpreter
from harness.interpreters.search import find_interpreters
from tests.support.scripts import script

KEY = f"{sys.version_info[0]}.{sys.version_info[1]}"


posix = pytest.mark.posix("programs that are scripts")


@pytest.fixture(autouse=True)
def nothing_else_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever is installed on this machine is out of sight; tests name what they want found."""
    empty = str(tmp_path / "empty")
    for name in ("PATH", "PYENV_ROOT", "ASDF_DATA_DIR", "RYE_PY_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(name, empty)
    monkeypatch.delenv(VARIABLE, raising=False)


def pretender(path: Path, **told: object) -> Path:
    """A program that answers the probe with what it is told to."""
    answer: Mapping[str, object] = {
        "implementation": "cpython",
        "version": (3, 30, 1, "final", 0),
        "build": "3.30.1 (main)\n[GCC]",
        "cache_tag": "cpython-330",
        "platform": "linux",
        "machine": "x86_64",
        "executable": str(path),
        "is_64bit": True,
        "freethreaded": False,
        **told,
    }
    return script(path, f'/bin/cat <<"END"\n{answer!r}\nEND')


def only(interpreter: Mapping[str, Interpreter]) -> Interpreter:
    (found,) = interpreter.values()
    return found


def test_a_running_interpreter_is_described_as_it_describes_itself() -> None:
    interpreter = only(find_interpreters([KEY], extra=[Path(sys.executable)]).found)
    assert interpreter.version.startswith(".".join(map(str, sys.version_info[:3])))
    assert interpreter.build == " ".join(sys.version.split())
    assert interpreter.description.split()[0] in ("CPython", "PyPy")
    assert interpreter.cache_tag == sys.implementation.cache_tag
    assert Path(interpreter.path).samefile(os.path.realpath(sys.executable))
    assert interpreter == only(find_interpreters([KEY], extra=[Path(sys.executable)]).found)


def test_an_interpreter_named_in_the_variable_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, os.pathsep.join(["", sys.executable]))
    assert KEY in find_interpreters([KEY]).found


@posix
def test_a_folder_named_in_the_variable_gives_all_of_its_interpreters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pretender(tmp_path / "some" / "bin" / "python3.30")
    pretender(tmp_path / "some" / "pypy3", implementation="pypy", version=(3, 11, 2, "final", 0))
    script(tmp_path / "some" / "python3-config", "exit 1")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "some"))
    found = find_interpreters(["3.30", "pypy3.11"])
    assert set(found.found) == {"3.30", "pypy3.11"}
    assert not found.broken


def test_a_missing_interpreter_is_named_with_what_to_do() -> None:
    found = find_interpreters(["3.77", KEY], extra=[Path(sys.executable)])
    assert set(found.found) == {KEY}
    assert "uv python install 3.77" in found.missing["3.77"]
    assert VARIABLE in found.missing["3.77"]


@posix
def test_a_missing_interpreter_mentions_the_file_that_did_not_start(tmp_path: Path) -> None:
    broken = script(tmp_path / "python3.30", "echo library not found >&2; exit 127")
    found = find_interpreters(["3.30", "3.3"], extra=[broken])
    assert found.broken == {str(broken): "ended with 127: library not found"}
    assert "ended with 127: library not found" in found.missing["3.30"]
    assert "127" not in found.missing["3.3"]


@posix
@pytest.mark.parametrize(
    "said", ["3", "None", "{'version': (3, 12)}", "[1, 2]", "'3.12'", "(" * 150 + ")" * 150, "-" * 9000 + "1"]
)
def test_a_program_that_prints_something_else_is_broken_and_stops_nothing(tmp_path: Path, said: str) -> None:
    other = script(tmp_path / "python3.30", f'echo "{said}"')
    found = find_interpreters(["3.30", KEY], extra=[other, Path(sys.executable)])
    assert set(found.found) == {KEY}
    assert found.broken[str(other)].startswith("answers as no Python does: ")
    assert "answers as no Python does" in found.missing["3.30"]


@posix
@pytest.mark.parametrize("told", [{"version": (3, 30)}, {"build": None}, {"implementation": ""}, {"machine": 5}])
def test_an_answer_that_is_not_whole_is_none(tmp_path: Path, told: dict[str, object]) -> None:
    other = pretender(tmp_path / "python3.30", **told)
    assert str(other) in find_interpreters(["3.30"], extra=[other]).broken


@posix
def test_an_interpreter_that_says_it_is_a_file_that_is_not_there_is_broken(tmp_path: Path) -> None:
    other = pretender(tmp_path / "python3.30", executable="/no/such/python")
    assert "/no/such/python" in find_interpreters(["3.30"], extra=[other]).broken[str(other)]


def test_a_file_that_is_not_there_is_broken_and_stops_nothing(tmp_path: Path) -> None:
    found = find_interpreters([KEY], extra=[tmp_path / "python3.30", Path(sys.executable)])
    assert set(found.found) == {KEY}
    assert list(found.broken) == [str(tmp_path / "python3.30")]


@posix
def test_a_file_is_believed_for_what_it_says_and_not_for_its_name(tmp_path: Path) -> None:
    wrong = pretender(tmp_path / "python3.9")
    assert only(find_interpreters(["3.9", "3.30"], extra=[wrong]).found).key == "3.30"


@posix
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"version": (3, 30, 1, "final", 0)}, {"version": (3, 30, 2, "final", 0)}),
        ({"version": (3, 30, 2, "candidate", 1)}, {"version": (3, 30, 0, "final", 0)}),
        ({"version": (3, 30, 9, "final", 0), "is_64bit": False}, {"version": (3, 30, 0, "final", 0)}),
        ({"version": (3, 30, 0, "beta", 1)}, {"version": (3, 30, 0, "beta", 2)}),
    ],
    ids=["higher-patch", "final-before-candidate", "64-bit", "later-beta"],
)
def test_the_better_of_two_interpreters_is_chosen(
    tmp_path: Path, first: dict[str, object], second: dict[str, object]
) -> None:
    worse = pretender(tmp_path / "a" / "python3", **first)
    better = pretender(tmp_path / "b" / "python3", **second)
    found = find_interpreters(["3.30"], extra=[worse, better])
    assert found.found["3.30"].path == str(better)
    assert [other.path for other in found.others] == [str(worse)]


@posix
def test_a_named_interpreter_wins_over_a_higher_version_on_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/bin:/usr/bin")
    pretender(tmp_path / "path" / "python3.30", version=(3, 30, 9, "final", 0))
    named = pretender(tmp_path / "named" / "python3.30")
    assert find_interpreters(["3.30"]).found["3.30"].version == "3.30.9"
    monkeypatch.setenv(VARIABLE, str(named))
    assert find_interpreters(["3.30"]).found["3.30"].version == "3.30.1"


@posix
@pytest.mark.parametrize(
    ("told", "key"),
    [
        ({}, "3.30"),
        ({"freethreaded": True}, "3.30t"),
        ({"implementation": "pypy"}, "pypy3.30"),
        ({"implementation": "graalpy"}, "graalpy3.30"),
    ],
)
def test_keys_tell_implementations_and_builds_apart(tmp_path: Path, told: dict[str, object], key: str) -> None:
    pretender(tmp_path / "python3", **told)
    assert only(find_interpreters([key], extra=[tmp_path / "python3"]).found).key == key


@posix
def test_every_file_is_started_once_however_many_names_it_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = script(tmp_path / "real" / "python3.30", f"echo >> {tmp_path / 'starts'}")
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "python3").symlink_to(real)
    os.link(real, tmp_path / "path" / "python3.30m")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    found = find_interpreters(["3.30"], extra=[real, tmp_path / "path"])
    assert len(found.broken) == 1
    assert (tmp_path / "starts").read_text() == "\n"


@posix
def test_of_several_names_of_a_file_always_the_same_is_taken(tmp_path: Path) -> None:
    long = script(tmp_path / "python3.30m", "exit 1")
    os.link(long, tmp_path / "python3.30")
    expected = [str(tmp_path / "python3.30")]
    assert [found.path for found in candidates([long, tmp_path / "python3.30"])] == expected
    assert [found.path for found in candidates([tmp_path / "python3.30", long])] == expected


@posix
def test_shims_are_left_alone_and_the_versions_behind_them_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = tmp_path / "pyenv"
    script(root / "shims" / "python3.30", f"touch {tmp_path / 'shim-started'}; exit 127")
    pretender(root / "versions" / "3.30.1" / "bin" / "python3.30")
    monkeypatch.setenv("PYENV_ROOT", str(root))
    monkeypatch.setenv("PATH", f"{root / 'shims'}:/bin:/usr/bin")
    assert find_interpreters(["3.30"]).found["3.30"].version == "3.30.1"
    assert not (tmp_path / "shim-started").exists()


def test_the_offer_of_a_store_to_install_python_is_no_broken_interpreter(tmp_path: Path) -> None:
    offer = tmp_path / "WindowsApps" / "python3.30.exe"
    offer.parent.mkdir()
    offer.touch()
    found = find_interpreters([KEY, "3.30"], extra=[offer, Path(sys.executable)])
    assert set(found.found) == {KEY}
    assert not found.broken
    assert "WindowsApps" not in found.missing["3.30"]


@posix
def test_what_a_windows_interpreter_was_built_for_is_in_its_build(tmp_path: Path) -> None:
    build = "3.30.1 (tags/v3.30.1:de54cf5, Apr  2 2030, 10:12:12) [MSC v.1938 64 bit (ARM64)]"
    path = pretender(tmp_path / "python3", platform="win32", machine="", build=build)
    assert only(find_interpreters(["3.30"], extra=[path]).found).platform == "win32-ARM64-64"


@posix
def test_on_macos_those_of_uv_are_found_and_what_only_offers_to_install_one_is_not_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delenv("UV_PYTHON_INSTALL_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin")
    of_uv = script(tmp_path / "uv" / "python" / "cpython-3.30.1" / "bin" / "python3", "exit 1")
    paths = [found.path for found in candidates()]
    assert str(of_uv) in paths
    assert not [path for path in paths if path.startswith("/usr/bin/")]


@posix
def test_a_replaced_interpreter_has_another_fingerprint(tmp_path: Path) -> None:
    path = pretender(tmp_path / "python3")
    before = only(find_interpreters(["3.30"], extra=[path]).found).fingerprint
    assert only(find_interpreters(["3.30"], extra=[path]).found).fingerprint == before
    os.utime(path, (1, 1))
    assert only(find_interpreters(["3.30"], extra=[path]).found).fingerprint != before
