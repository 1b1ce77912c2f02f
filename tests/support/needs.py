"""What tests need beyond the Python that runs them, by the marker that says so; see `tests.support.needs_plugin`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness.infra.errors import HarnessError
from harness.infra.packages.index import configured_index, fetch_releases
from harness.infra.process.supervisor import clean_environment, run
from harness.interpreters.search import find_interpreters
from tests.support import windows_python
from tests.support.chromium import find_chromium

UV_HAS_SINCE = (3, 8)
SETTLED = ("3.13", "3.12", "3.11", "3.10")
"""Pythons on which whatever runs on one of them ends alike, the one that tests prefer first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that a machine has or has not."""

    title: str
    """As in `34 tests need Chromium`."""
    remedy: str
    """The command that brings it to this machine, or what to do."""
    found: Callable[[], bool]
    """Whether it is there; asked once, and only when a test needs it."""


def _program(name: str) -> str:
    """What to type for a program that is installed beside the Python that runs the tests."""
    program = Path(sys.executable).with_name(name)
    return str(program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program)


@cache
def found_pythons() -> frozenset[str]:
    """Keys of the interpreters of this machine."""
    return frozenset(find_interpreters(None).found)


def some_python() -> str:
    """The key of an interpreter for a test to which its version does not matter, see `SETTLED`."""
    return next(key for key in SETTLED if key in found_pythons())


def _has_index() -> bool:
    try:
        return bool(fetch_releases("incremental", configured_index()))
    except HarnessError:
        return False


def _may_mount() -> bool:
    if not all(map(shutil.which, ("mount", "unshare"))):
        return False
    return run(["unshare", "--mount", "true"], env=clean_environment(), deadline=10).returncode == 0


def _may_cut_the_network() -> bool:
    if shutil.which("unshare") is None:
        return False
    return run(["unshare", "--net", "true"], env=clean_environment(), deadline=10).returncode == 0


def _python(version: tuple[int, int]) -> Need:
    key = f"{version[0]}.{version[1]}"
    brings = f"{_program('uv')} python install {key}" if version >= UV_HAS_SINCE else f"pyenv install {key}"
    return Need(
        title=f"Python {key}",
        remedy=f"{brings}, or name one in SCRAPY_COMPAT_PYTHONS",
        found=lambda: key in found_pythons(),
    )


_APT = sys.platform == "linux" and shutil.which("apt-get") is not None
_PLAYWRIGHT = f"{_program('playwright')} install chromium"

NEEDS: Mapping[str, Need] = {
    "browser": Need(
        title="Chromium",
        remedy=f"apt-get install chromium, or {_PLAYWRIGHT}" if _APT else _PLAYWRIGHT,
        found=lambda: find_chromium() is not None,
    ),
    "index": Need(
        title="the package index",
        remedy="connect to the network, or name an index that can be reached in UV_DEFAULT_INDEX",
        found=_has_index,
    ),
    "mount": Need(
        title="the right to mount a file system",
        remedy="run them as root",
        found=_may_mount,
    ),
    "no_network": Need(
        title="the right to run a program without any network, loopback included",
        remedy="run them as root, with unshare of util-linux",
        found=_may_cut_the_network,
    ),
    **{f"python3{minor}": _python((3, minor)) for minor in range(6, 16)},
    "some_python": Need(
        title="one of the Pythons 3.10 to 3.13",
        remedy=f"{_program('uv')} python install {SETTLED[0]}",
        found=lambda: any(key in found_pythons() for key in SETTLED),
    ),
    "wine": Need(
        title="Wine",
        remedy="apt-get install --no-install-recommends wine wine64" if _APT else "install it from winehq.org",
        found=windows_python.has_wine,
    ),
}
"""By marker."""
