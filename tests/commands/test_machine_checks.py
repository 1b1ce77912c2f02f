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


FLIPS = '''"""Passes unless it is told not to."""

import os

from kit.scenario import Scenario


class Flips(Scenario):
    helpers = ()

    async def parse(self, response):
        self.cell.entered()
        if os.environ.get("FLIPPED"):
            raise ValueError("flipped")
        return self.arrived("value")
'''


@pytest.mark.usefixtures("environment")
def test_what_is_unexpected_is_measured_again_by_the_same_command(
    place: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (place / "mine").mkdir()
    (place / "mine" / "flips.py").write_text(FLIPS)
    asked = ["run", *NEWER, "--lane", "epoll", "--scenarios", "mine", "--scenario", "flips,callback_fired"]
    asked += ["--helper", "none,direct"]
    assert scrapy_compat(place, *asked).returncode == 0
    accepted = scrapy_compat(place, "baseline", "accept", "--scenarios", "mine")
    assert accepted.returncode == 0, accepted.stderr
    monkeypatch.setenv("FLIPPED", "yes")
    assert scrapy_compat(place, *asked, "--fresh", "--fail-on", "unexpected").returncode == 4
    monkeypatch.delenv("FLIPPED")
    again = scrapy_compat(place, *asked, "--fail-on", "unexpected")
    assert again.returncode == 0, again.stdout + again.stderr
    # Only that one: the other is as expected.
    assert "1 cell run" in again.stdout or "1 cells run" in again.stdout, again.stdout
    assert "Nothing has changed" in scrapy_compat(place, *asked).stdout
