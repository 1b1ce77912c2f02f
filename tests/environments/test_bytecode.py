"""harness.environments.bytecode with files that real interpreters compile and load."""

from __future__ import annotations

import os
import sys
import textwrap
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from harness.environments.bytecode import collect, prune, share
from harness.infra.process.supervisor import clean_environment, run
from tests.support.packages import wheel

TAG = str(sys.implementation.cache_tag)
FILES = {"spam/__init__.py": "", "spam/eggs.py": "def where():\n    return where.__code__.co_filename\n"}


def site(folder: Path, *, time: float, **changed: str) -> Path:
    """A folder with the package `spam` in it, as installed."""
    files = {**FILES, **{f"spam/{name}.py": text for name, text in changed.items()}}
    with zipfile.ZipFile(BytesIO(wheel("spam", "1.0", files=files))) as archive:
        archive.extractall(folder)
    for file in folder.rglob("*.py"):
        os.utime(file, (time, time))
    return folder


def load(folder: Path, expression: str = "eggs.where()") -> tuple[str, bool]:
    """What `expression` gives after importing `spam.eggs`, and whether that compiled a module."""
    script = f"""
        import sys
        compiled = []
        sys.addaudithook(lambda event, args: event == "compile" and compiled.append(str(args[1])))
        sys.path.insert(0, {str(folder)!r})
        from spam import eggs
        print({expression})
        print(any("spam" in name for name in compiled))
    """
    done = run([sys.executable, "-c", textwrap.dedent(script)], env=clean_environment(), deadline=60)
    assert done.returncode == 0, done.stderr
    value, compiled = done.stdout.splitlines()
    return value, compiled == "True"


def test_what_one_folder_compiled_another_need_not(tmp_path: Path) -> None:
    one, other, pool = site(tmp_path / "one", time=1e9), site(tmp_path / "other", time=1e9), tmp_path / "pool"
    assert share(one, pool, TAG) == 0
    assert load(one) == (str(one / "spam" / "eggs.py"), True)
    assert collect(one, pool, TAG) == 2
    assert collect(one, pool, TAG) == 0
    assert share(other, pool, TAG) == 2
    assert load(other) == (str(other / "spam" / "eggs.py"), False)


def test_a_source_of_another_time_gets_a_header_of_its_own(tmp_path: Path) -> None:
    one, other, pool = site(tmp_path / "one", time=1e9), site(tmp_path / "other", time=1.1e9), tmp_path / "pool"
    load(one)
    collect(one, pool, TAG)
    share(other, pool, TAG)
    assert load(other) == (str(other / "spam" / "eggs.py"), False)
    assert load(one) == (str(one / "spam" / "eggs.py"), False)


def test_a_source_of_other_content_is_compiled_whatever_its_name_size_and_time(tmp_path: Path) -> None:
    one = site(tmp_path / "one", time=1e9, eggs="value = 1\n")
    other = site(tmp_path / "other", time=1e9, eggs="value = 2\n")
    pool = tmp_path / "pool"
    load(one, "eggs.value")
    collect(one, pool, TAG)
    assert share(other, pool, TAG) == 1  # the empty __init__
    assert load(other, "eggs.value") == ("2", True)


def test_a_compiled_file_that_does_not_belong_to_its_source_is_not_collected(tmp_path: Path) -> None:
    one, pool = site(tmp_path / "one", time=1e9), tmp_path / "pool"
    load(one)
    os.utime(one / "spam" / "eggs.py", (5, 5))
    assert collect(one, pool, TAG) == 1


def test_what_no_folder_uses_any_more_is_pruned(tmp_path: Path) -> None:
    one, pool = site(tmp_path / "one", time=1e9), tmp_path / "pool"
    load(one)
    collect(one, pool, TAG)
    assert prune(pool, [one]) == 0
    assert prune(pool, []) == 2
    assert prune(tmp_path / "never-made", []) == 0


@pytest.mark.parametrize("name", ["spam/eggs.py", "spam"])
def test_a_record_may_name_what_is_not_there(tmp_path: Path, name: str) -> None:
    one, pool = site(tmp_path / "one", time=1e9), tmp_path / "pool"
    load(one)
    collect(one, pool, TAG)
    other = site(tmp_path / "other", time=1e9)
    if name == "spam":
        for file in (other / "spam").iterdir():
            file.unlink()
        (other / "spam").rmdir()
    else:
        (other / name).unlink()
    share(other, pool, TAG)
    collect(other, pool, TAG)
