"""Tests that need the package index say so with `@pytest.mark.index`; without one, leave them out: `-m 'not index'`."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.environments.provider import ProvidedEnvironment
from tests import real, told


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of environments that all tests share and no other run sees."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def environment(cache: Path) -> ProvidedEnvironment:
    """A recent Scrapy on the interpreter that runs the tests."""
    planned = next(env for env in real.plan_of(real.HERE, "2.13.4").environments if env.status is None)
    return real.provide(cache, planned)


@pytest.fixture(scope="session")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> told.Rendered:
    """A run made by hand that holds every outcome, rendered in every format."""
    return told.Rendered.into(tmp_path_factory.mktemp("by_hand"))


@pytest.fixture(scope="session")
def out(by_hand: told.Rendered) -> Path:
    """The folder of its reports."""
    return by_hand.out
