"""Real runs in environments that cells, or whoever else, have damaged."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from harness.environments.cached_dirs import _NO_CONTENT
from harness.environments.install import site_packages
from harness.environments.manifest import write_manifest
from tests.support import live
from tests.support.command_runs import scrapy_compat

pytestmark = [pytest.mark.index, pytest.mark.timeout(600)]

CHOSEN = [
    "run",
    "--plan",
    "full",
    "--python",
    live.HERE,
    "--scrapy",
    "2.13.4",
    "--profile",
    "latest",
    "--lane",
    "epoll",
]
BUILT_IN = ["--scenario", "callback_pending", "--helper", "direct"]
HEAD = '''"""One of a user's own."""

from pathlib import Path

from kit.scenario import Scenario


class Own(Scenario):
    helpers = ()

    async def parse(self, response):
        self.cell.entered()
'''
SCENARIOS = {
    "poisons": """        import scrapy.http.response.text as module

        path = Path(module.__file__)
        path.write_text(path.read_text() + "\\n\\nraise RuntimeError('poisoned')\\n")
        return self.arrived("value")
""",
    "harmless": """        import wsgiref.util  # compiled by nobody else
        import twisted.words.protocols.irc

        return self.arrived("value")
""",
}


@pytest.fixture
def place(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, with a cache that only these tests damage."""
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(tmp_path_factory.getbasetemp() / "damaged"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    return tmp_path


def cells(place: Path) -> dict[str, tuple[str, str | None]]:
    """Outcome and mechanism by scenario, as the last run has them."""
    told = [json.loads(line) for line in scrapy_compat(place, "cells", "--json").stdout.splitlines()]
    return {cell["cell"].split("/")[2]: (cell["outcome"], cell["mechanism"]) for cell in told}


def environment() -> Path:
    """The folder of the only environment."""
    (folder,) = (path for path in (Path(os.environ["SCRAPY_COMPAT_CACHE"]) / "envs").iterdir() if path.is_dir())
    return folder


def test_a_cell_that_changes_its_environment_is_found_and_no_other_suffers(place: Path) -> None:
    folder = place / "mine"
    folder.mkdir()
    for name, body in SCENARIOS.items():
        (folder / f"{name}.py").write_text(HEAD + body)
    asked = ["--scenarios", "mine", "--scenario", "callback_pending,poisons,harmless", "--helper", "direct,none"]
    done = scrapy_compat(place, *CHOSEN, *asked)
    assert cells(place) == {
        "poisons": ("crash", "damaged-environment"),
        "harmless": ("pass", None),
        "callback_pending": ("pass", None),
    }, done.stdout + done.stderr
    again = scrapy_compat(place, *CHOSEN, *asked)
    assert "Nothing has changed" in again.stdout


@pytest.mark.parametrize("damage", ["it does not work", "another interpreter"])
def test_what_an_environment_of_the_cache_says_is_believed_when_it_was_made_anew(place: Path, damage: str) -> None:
    scrapy_compat(place, *CHOSEN, *BUILT_IN)
    assert cells(place) == {"callback_pending": ("pass", None)}
    site = site_packages(environment() / "venv")
    if damage == "it does not work":
        (site / "scrapy" / "crawler.py").write_text("raise ImportError('cannot work')\n")
    else:
        (site / "sitecustomize.py").write_text("import sys; sys.version = '3.99.0 (other, today)'\n")
    # It was listed that way: nothing but its own process can tell.
    write_manifest(environment(), _NO_CONTENT)
    done = scrapy_compat(place, *CHOSEN, *BUILT_IN, "--fresh")
    assert cells(place) == {"callback_pending": ("pass", None)}, done.stdout + done.stderr
    assert "cannot work" not in (site / "scrapy" / "crawler.py").read_text()
    assert not (site / "sitecustomize.py").exists()


def test_a_damaged_environment_is_mended_and_all_of_it_measured_again(place: Path) -> None:
    scrapy_compat(place, *CHOSEN, *BUILT_IN)
    (site_packages(environment() / "venv") / "scrapy" / "http" / "__init__.py").unlink()
    more = ["--scenario", "callback_pending", "--helper", "direct,maybe_deferred_to_future"]
    done = scrapy_compat(place, *CHOSEN, *more)
    # The one that was known already, too.
    assert "2 cells run" in done.stdout, done.stdout + done.stderr
    assert cells(place) == {"callback_pending": ("pass", None)}
