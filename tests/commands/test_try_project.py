"""`scrapy-compat try` of a Scrapy project for real: a spider for each thing that a release or a lane breaks."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import live
from tests.support.command_runs import COMMAND, ROOT, place  # noqa: F401
from tests.support.made_projects import make_project
from tests.support.made_targets import tree_digest

pytestmark = [pytest.mark.index, pytest.mark.timeout(900), pytest.mark.posix("signals, and files of the process")]

OLD, NEW = "2.11.2", "2.19.0"
SHORT = {OLD: "2.11", NEW: "2.19"}
NARROW = ["--scrapy", f"{OLD},{NEW}", "--python", live.HERE, "--lane", "default,asyncio-default,none-default"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The made project after it was tried."""

    document: dict[str, Any]
    printed: str
    report: str
    cells: dict[str, dict[str, Any]]
    """By release, lane and check."""


def run(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "try", *arguments]
    return subprocess.run(command, cwd=where, capture_output=True, text=True, check=False, timeout=800)


@pytest.fixture(name="shop", scope="module")
def shop_fixture(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Shop:
    """One run over two releases and three lanes; the second command takes everything over from it."""
    where = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("SECRET_TOKEN", "hunter2-hunter2-hunter2")
        project = make_project(where / "shop", {".python-version": f"{live.HERE}\n"})
        before = tree_digest(project)
        done = run(where, "shop", "--state", "state", *NARROW, "--json")
        assert done.returncode == 0, done.stderr
        first = done.stderr.partition("First answer, after ")[2]
        assert " s, for shop:\nAll its spiders start as they do today with Scrapy 2.11 on" in first, done.stderr
        printed = run(where, "shop", "--state", "state", *NARROW)
        assert tree_digest(project) == before
        listed = subprocess.run(
            [*COMMAND, "cells", "--state", "state", "--format", "json"],
            cwd=where,
            capture_output=True,
            text=True,
            check=True,
        )
    cells = {}
    for line in listed.stdout.splitlines():
        cell = json.loads(line)
        environment, lane, check, _ = cell["cell"].split("/")
        cells[f"{environment.split('-scrapy')[1].split('-')[0]}/{lane}/{check}"] = cell
    report = (where / "state" / "report" / "report.md").read_text()
    return Shop(document=json.loads(done.stdout), printed=printed.stdout, report=report, cells=cells)


def spider(shop: Shop, name: str) -> dict[str, Any]:
    return next(each for each in shop.document["answer"]["spiders"] if each["name"] == name)


def test_the_control_is_what_the_project_has_locked(shop: Shop) -> None:
    assert shop.document["control"].startswith(f"Python {live.HERE}, Scrapy {OLD}, ")
    assert shop.document["stopped"] == ""
    assert shop.cells[f"{OLD}/default/try_spiders"]["outcome"] == "fails-anyway"


@pytest.mark.parametrize(("name", "told"), [
    ("old", "it sends no request: this release calls start(), and never its start_requests()"),
    ("output", "TypeError: Middleware shop.middlewares.Plain doesn't support asynchronous spider output"),
    ("loaders", "ModuleNotFoundError: No module named 'scrapy.loader.processors'"),
])  # fmt: skip
def test_what_a_release_takes_away_is_told_of_its_spider(shop: Shop, name: str, told: str) -> None:
    line = spider(shop, name)
    assert line["starts"] == SHORT[OLD]
    (problem,) = [each for each in line["problems"] if not each["lanes"]]
    assert problem["scrapy"] == SHORT[NEW]
    assert problem["message"].startswith(told)


@pytest.mark.parametrize(("name", "lane", "release", "told"), [
    ("now", "asyncio-default", OLD, "does not match the requested one"),
    ("now", "none-default", NEW, "TWISTED_REACTOR_ENABLED is False but a Twisted reactor is installed"),
    ("waiting", "none-default", NEW, "Import of twisted.internet.reactor is forbidden"),
])  # fmt: skip
def test_what_a_lane_breaks_is_told_with_the_lane(shop: Shop, name: str, lane: str, release: str, told: str) -> None:
    line = spider(shop, name)
    assert line["starts"] == f"{SHORT[OLD]}-{SHORT[NEW]}" or line["starts"] == f"{SHORT[OLD]}, {SHORT[NEW]}"
    found = [each for each in line["problems"] if lane in each["lanes"] and told in each["message"]]
    assert found, line
    assert SHORT[release] in found[0]["scrapy"]


def test_what_fails_today_is_no_fault_of_a_release(shop: Shop) -> None:
    assert SHORT[OLD] in spider(shop, "broken")["problems"][0]["scrapy"]
    assert spider(shop, "by_category")["problems"][0]["message"] == "needs the argument category"
    assert "broken" not in shop.cells[f"{NEW}/default/try_spiders"]["detail"].partition("ModuleNotFound")[0]


def test_contracts_are_checked_in_each_release_and_offline(shop: Shop) -> None:
    for release in (OLD, NEW):
        cell = shop.cells[f"{release}/default/try_contracts"]
        assert (cell["outcome"], cell["detail"]) == ("pass", "1 passed, 2 skipped")
    assert spider(shop, "checked: contracts")["problems"] == []
    assert "ask for shop.example, which is refused" in spider(shop, "remote: contracts")["problems"][0]["message"]


def test_a_lane_ran_on_its_reactor(shop: Shop) -> None:
    facts = shop.cells[f"{NEW}/asyncio-default/try_spiders_lane"]["facts"]
    assert facts["reactor"].endswith(".AsyncioSelectorReactor")
    facts = shop.cells[f"{NEW}/none-default/try_spiders_lane"]["facts"]
    assert (facts["reactor"], facts["loop"] is None) == (None, False)
    assert shop.cells[f"{OLD}/none-default/try_spiders_lane"]["outcome"] == "unsupported"


def test_all_of_it_speaks_of_spiders_and_knows_no_secret(shop: Shop) -> None:
    for text in (shop.printed, shop.report):
        assert "Its tests" not in text
        assert "smallest test" not in text
        assert "shortest test" not in text
        assert "9 spiders" in text
        assert "hunter2" not in text
    assert "Control, Python" in shop.printed
    assert "Spiders:\n" in shop.printed


def test_a_plan_says_what_was_read_from_which_file_and_runs_nothing(place: Path) -> None:  # noqa: F811
    project = make_project(place / "shop", {"shop/settings.py": f"open({str(place / 'ran')!r}, 'w')\n"})
    (project / ".python-version").write_text(f"{live.HERE}.1\n")
    (project / "requirements.txt").write_text(
        "scrapy==2.13.4\nw3lib==2.3.1\n-e ./own\ngit+https://me:hunter2@x.example/y.git\n"
    )
    done = run(place, "shop", "--plan", "--state", "state")
    assert done.returncode == 0, done.stderr
    assert "settings:          shop.settings  (scrapy.cfg)\n" in done.stdout
    assert "it asks for:       scrapy==2.13.4, w3lib==2.3.1  (requirements.txt)\n" in done.stdout
    assert "locked:            w3lib==2.3.1  (requirements.txt)\n" in done.stdout
    assert f"Python:            {live.HERE}  (.python-version)\n" in done.stdout
    assert "left out:          -e ./own (requirements.txt), git+https://***@x.example/y.git" in done.stdout
    assert f"today:             Python {live.HERE}, Scrapy 2.13.4, today: its spiders" in done.stdout
    assert f"  Python {live.HERE}, Scrapy 2.19.0, latest\n" in done.stdout
    assert not (place / "ran").exists()


@pytest.mark.parametrize(("more", "told"), [
    (["--check", "suite"], "ask for load, which starts its spiders"),
    (["--", "-k", "x"], "is for pytest"),
    (["--project", "jobs"], "has no scrapy.cfg"),
])  # fmt: skip
def test_what_a_project_has_not_is_refused(place: Path, more: list[str], told: str) -> None:  # noqa: F811
    make_project(place / "shop")
    done = run(place, "shop", "--plan", *more)
    assert done.returncode == 2, done.stdout
    assert told in done.stderr.replace("\n", " ")
