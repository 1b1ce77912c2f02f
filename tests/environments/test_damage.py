"""What has changed in the environments of a cache is noticed before something runs in them, and they are made anew."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.environments.bytecode import genuine
from harness.environments.install import python_of, site_packages
from harness.environments.provider import EnvironmentProvider, ProvidedEnvironment
from harness.interpreters.interpreter import Interpreters
from tests.support.environments import (  # noqa: F401
    PLANNED,
    ask,
    files_in,
    folder_of,
    index_fixture,
    interpreters_fixture,
    place_fixture,
    provider_fixture,
)
from tests.support.packages import Index


def site(provided: ProvidedEnvironment) -> Path:
    return site_packages(folder_of(provided) / "venv")


def rewritten(provided: ProvidedEnvironment) -> None:
    """Another content of the same size, and with the time of the old one."""
    module = site(provided) / "eggs.py"
    status = module.stat()
    module.write_text("VERSION = '9.0'\n")
    os.utime(module, ns=(status.st_atime_ns, status.st_mtime_ns))


def another_interpreter(provided: ProvidedEnvironment) -> None:
    python = python_of(folder_of(provided) / "venv")
    python.unlink()
    python.symlink_to(sys.executable)


DAMAGE: dict[str, Callable[[ProvidedEnvironment], object]] = {
    "a deleted module": lambda provided: (site(provided) / "eggs.py").unlink(),
    "a truncated file": lambda provided: (site(provided) / "eggs.py").write_text(""),
    "a file with its size and time put back": rewritten,
    "a file that was added": lambda provided: (site(provided) / "sitecustomize.py").write_text("raise SystemExit"),
    "a folder that was added": lambda provided: (site(provided) / "added").mkdir(),
    "another interpreter": another_interpreter,
}


@pytest.mark.parametrize("damage", list(DAMAGE))
def test_a_damaged_environment_is_made_anew_and_nothing_measured_in_it_stands(
    provider: EnvironmentProvider, place: Path, interpreters: Interpreters, damage: str
) -> None:
    first = provider.provide(PLANNED)
    DAMAGE[damage](first)
    again = EnvironmentProvider(place, interpreters).provide(PLANNED, check=True)
    assert ask(again, "eggs.VERSION") == "2.0"
    assert again.result.fingerprint != first.result.fingerprint
    # From now on that is what it is.
    for check in (False, True):
        later = EnvironmentProvider(place, interpreters).provide(PLANNED, check=check)
        assert later.result == again.result
    assert not later.made


def test_so_is_a_damaged_overlay(
    provider: EnvironmentProvider, index: Index, place: Path, interpreters: Interpreters
) -> None:
    index.publish("loop", "1.0")
    first = provider.provide(PLANNED, ["loop"])
    (first.overlays["loop"] / "loop.py").write_text("VERSION = '6.6'\n")
    again = EnvironmentProvider(place, interpreters).provide(PLANNED, ["loop"], check=True)
    assert ask(again, "loop.VERSION", "loop") == "1.0"
    assert again.result.fingerprint == first.result.fingerprint
    assert again.result.overlays[0].fingerprint != first.result.overlays[0].fingerprint


def test_an_environment_that_was_used_or_came_back_from_a_backup_is_not_damaged(
    provider: EnvironmentProvider, place: Path, interpreters: Interpreters
) -> None:
    first = provider.provide(PLANNED)
    ask(first, "spam.VERSION")
    folder, backup = folder_of(first), place / "backup"
    shutil.copytree(folder, backup, symlinks=True)
    shutil.rmtree(folder)
    shutil.copytree(backup, folder, symlinks=True)
    before = files_in(folder)
    again = EnvironmentProvider(place, interpreters).provide(PLANNED, check=True)
    assert again == first
    assert files_in(folder) == before


def test_an_environment_shares_no_file_with_others_nor_with_the_cache_of_uv(provider: EnvironmentProvider) -> None:
    first = provider.provide(PLANNED)
    ask(first, "spam.VERSION")
    provider.collect(first)
    assert {path.stat().st_nlink for path in site(first).rglob("*") if path.is_file()} == {1}


def test_bytecode_that_its_module_does_not_compile_to_is_damage_and_removed(provider: EnvironmentProvider) -> None:
    provided = provider.provide(PLANNED)
    ask(provided, "spam.VERSION")
    assert provider.damage(provided) == ()
    (compiled,) = site(provided).rglob("spam.*.pyc")
    (site(provided) / "ham.py").write_text("VERSION = '6.6'\n")
    ask(provided, "ham.VERSION")
    (forged,) = site(provided).rglob("ham.*.pyc")
    # The header, which says of what source it is, stays that of the right one.
    compiled.write_bytes(compiled.read_bytes()[:16] + forged.read_bytes()[16:])
    (site(provided) / "ham.py").unlink()
    forged.unlink()
    assert ask(provided, "spam.VERSION") == "6.6"
    (damage,) = provider.damage(provided)
    assert damage.endswith(compiled.name)
    assert ask(provided, "spam.VERSION") == "1.0"


def test_bytecode_of_every_kind_is_known_when_it_is_right(tmp_path: Path) -> None:
    (tmp_path / "spam.py").write_text("assert True, 'told'\ndef f():\n    'documented'\n    return {1, 2}, lambda: 3\n")
    import py_compile  # noqa: PLC0415

    files = [Path(str(py_compile.compile(str(tmp_path / "spam.py"), optimize=level))) for level in (0, 1, 2)]
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    assert genuine(Path(sys.executable), files) == {*files}
    never = Path(str(py_compile.compile(str(tmp_path / "spam.py"), invalidation_mode=unchecked)))
    assert never not in genuine(Path(sys.executable), [never])
