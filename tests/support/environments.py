"""Fixtures and helpers for tests of environments: a loopback index with two packages, and a provider that uses it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.environments.provider import EnvironmentProvider, ProvidedEnvironment
from harness.infra.process.supervisor import clean_environment, run
from harness.interpreters.interpreter import Interpreters
from harness.interpreters.search import find_interpreters
from harness.plan.plan_records import PlannedEnvironment
from tests.support.packages import Index

KEY = f"{sys.version_info[0]}.{sys.version_info[1]}"
PLANNED = PlannedEnvironment(
    id="linux-spam1.0-latest",
    platform="linux",
    python=KEY,
    scrapy="1.0",
    requirement="spam==1.0",
    profile="latest",
    exclude_newer=None,
    exempt={},
    constraints=(),
    status=None,
    reason=None,
    lanes=(),
)
"""An environment of `spam 1.0`, which needs `eggs`."""


@pytest.fixture(scope="module", name="interpreters")
def interpreters_fixture() -> Interpreters:
    """The interpreter that runs the tests, and one that is missing: 3.77."""
    return find_interpreters([KEY, "3.77"], extra=[Path(sys.executable)])


@pytest.fixture(name="index")
def index_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """The only index that uv knows, and a cache of uv's own for each test."""
    with Index() as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        index.publish("spam", "1.0", requires=["eggs"])
        index.publish("eggs", "2.0")
        yield index


@pytest.fixture(name="place")
def place_fixture(tmp_path: Path) -> Path:
    """The cache folder of the provider."""
    return tmp_path / "place"


@pytest.fixture(name="provider")
def provider_fixture(index: Index, place: Path, interpreters: Interpreters) -> EnvironmentProvider:
    """A provider with an empty cache."""
    return EnvironmentProvider(place, interpreters)


def ask(provided: ProvidedEnvironment, expression: str, overlay: str | None = None) -> str:
    """What `expression` gives in the environment, or the last line of the error; its module is imported first."""
    assert provided.python is not None, provided.result.reason
    path = f"sys.path.append({str(provided.overlays[overlay])!r})" if overlay else ""
    script = f"import sys\n{path}\nimport {expression.split('.', maxsplit=1)[0]}\nprint({expression})"
    done = run([provided.python, "-c", script], env=clean_environment(), deadline=60)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def folder_of(provided: ProvidedEnvironment) -> Path:
    """The folder that holds the virtual environment and what says that it is whole."""
    assert provided.directory is not None
    return provided.directory.parent


def files_in(folder: Path) -> dict[str, int]:
    """Every file below `folder` with its inode."""
    return {str(path.relative_to(folder)): path.stat().st_ino for path in folder.rglob("*") if path.is_file()}
