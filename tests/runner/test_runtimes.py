"""Where batches run in forked children."""

from __future__ import annotations

import os

import pytest

from harness.infra.platforms import PLATFORMS
from harness.runner.runtimes import forks


def test_only_linux_forks() -> None:
    assert {platform for platform in PLATFORMS if forks(platform)} <= {"linux"}


@pytest.mark.posix("fork")
def test_linux_does_fork() -> None:
    assert hasattr(os, "fork")
    assert forks("linux")
