"""What the machine lacks is said, and is never taken for what was measured."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.command_runs import COMMAND, NEWER, place, scrapy_compat  # noqa: F401

pytestmark = [pytest.mark.index, pytest.mark.timeout(600)]

ASKED = [*NEWER, "--lane", "epoll", "--scenario", "callback_pending,callback_inline_request", "--helper", "direct"]


def cells(place: Path) -> list[tuple[str, str]]:  # noqa: F811
    """Outcome and detail of the cells of the latest run."""
    told = map(json.loads, scrapy_compat(place, "cells", "--json").stdout.splitlines())
    return [(cell["outcome"], cell["detail"] or "") for cell in told]


@pytest.mark.no_network
@pytest.mark.usefixtures("environment")
def test_without_loopback_nothing_is_run_and_the_next_run_measures_it(place: Path) -> None:  # noqa: F811
    cut = subprocess.run(
        ["unshare", "--net", *COMMAND, "run", *ASKED], cwd=place, capture_output=True, text=True, check=False
    )
    assert cut.returncode == 3, cut.stdout + cut.stderr
    assert "loopback (127.0.0.1): a server of this machine cannot be reached there" in cut.stdout
    for outcome, detail in cells(place):
        assert outcome == "not-run"
        assert detail.startswith("loopback (127.0.0.1)")
    scrapy_compat(place, "run", *ASKED)
    assert [outcome for outcome, _ in cells(place)] == ["pass", "pass"]
