"""Fixtures that all tests share, and the marker `posix`; what a machine may lack is in `tests.support.needs_plugin`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.environments.provider import ProvidedEnvironment
from harness.infra.process.supervisor import clean_environment, run
from tests.support import live, report_fixture
from tests.support.fake_machines import Spare
from tests.support.quick import pytest_collection_modifyitems, pytest_runtest_call, pytest_terminal_summary  # noqa: F401  (hooks)
from tests.support.shared import shared_folder

pytest_plugins = ["tests.support.needs_plugin"]


def pytest_configure() -> None:
    """Let what tests start be interrupted; a shell in the background, or `nohup`, has that ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is about POSIX where there is none."""
    marker = item.get_closest_marker("posix")
    if marker is not None and sys.platform == "win32":
        (reason,) = marker.args
        pytest.skip(f"only POSIX has {reason}")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of environments that all tests share and no other run sees."""
    return shared_folder(tmp_path_factory, "cache")


@pytest.fixture(scope="session")
def environment(cache: Path) -> ProvidedEnvironment:
    """A recent Scrapy on the interpreter that runs the tests."""
    planned = next(env for env in live.plan_of(live.HERE, "2.13.4").environments if env.status is None)
    return live.provide(cache, planned)


@pytest.fixture(scope="session")
def spare(tmp_path_factory: pytest.TempPathFactory) -> Spare:
    """What new machines of CI have, on which the steps of workflows are run."""
    # Each worker has its own: the steps install into it, and two at once would be in each other's way.
    folder = tmp_path_factory.mktemp("spare")
    # A Windows Python for embedding, in which some of the tests run, has no such module.
    import venv  # noqa: PLC0415

    venv.create(folder / "python", with_pip=True)
    (folder / "uv").mkdir()
    return Spare(python=folder / "python" / "bin" / "python", uv=folder / "uv")


@pytest.fixture(scope="session")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> report_fixture.Rendered:
    """A run made by hand that holds every outcome, rendered in every format."""
    return report_fixture.Rendered.into(tmp_path_factory.mktemp("by_hand"))


@pytest.fixture(scope="session")
def out(by_hand: report_fixture.Rendered) -> Path:
    """The folder of its reports."""
    return by_hand.out


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    where = tmp_path / "tiny"
    where.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(where)]
    assert run(mount, deadline=10, env=clean_environment()).returncode == 0
    yield where
    run(["umount", "-l", str(where)], deadline=10, env=clean_environment())
