"""What is told of each spider of a project, and that none keeps the others from being tried."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.environments.provider import ProvidedEnvironment
from tests.support.made_projects import SPIDER, make_project
from tests.support.made_targets import tree_digest
from tests.support.started_spiders import outcomes, started

pytestmark = [pytest.mark.index, pytest.mark.posix("signals, and files of the process")]

ASYNCIO = {"TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor"}
TRAPS: dict[str, str | None] = {
    "shop/spiders/old.py": None,
    "shop/spiders/checked.py": None,
    "shop/spiders/remote.py": None,
    "shop/spiders/output.py": None,
    "shop/spiders/loaders.py": None,
    "shop/spiders/now.py": None,
    "shop/spiders/waiting.py": None,
    "shop/spiders/by_category.py": None,
    "shop/spiders/broken.py": None,
    "shop/spiders/exits.py": "raise SystemExit(3)\n" + SPIDER.format(title="Exits", name="exits"),
    "shop/spiders/dies.py": "import os\nos._exit(4)\n" + SPIDER.format(title="Dies", name="dies"),
    "shop/spiders/hangs.py": "import time\ntime.sleep(600)\n" + SPIDER.format(title="Hangs", name="hangs"),
    "shop/spiders/wants.py": "import os\nKEY = os.environ['SHOP_KEY']\n" + SPIDER.format(title="Wants", name="wants"),
    "shop/spiders/one.py": SPIDER.format(title="One", name="twice"),
    "shop/spiders/other.py": SPIDER.format(title="Other", name="twice"),
    "shop/spiders/endless.py": SPIDER.format(title="Endless", name="endless")
    + """
    async def start(self):
        while True:
            yield scrapy.Request("https://shop.example/")

    def start_requests(self):
        while True:
            yield scrapy.Request("https://shop.example/")
""",
    "shop/spiders/kept_open.py": SPIDER.format(title="KeptOpen", name="kept_open")
    + """
    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.stay, scrapy.signals.spider_idle)
        return spider

    def stay(self):
        raise scrapy.exceptions.DontCloseSpider
""",
    "shop/spiders/looks.py": SPIDER.format(title="Looks", name="looks")
    + """
    def __init__(self, *args, **kwargs):
        import os, pathlib

        super().__init__(*args, **kwargs)
        assert "SECRET_TOKEN" not in os.environ
        assert list(pathlib.Path.home().iterdir()) == []
        pathlib.Path("written.txt").write_text("x")
""",
    "shop/spiders/goes_out.py": SPIDER.format(title="GoesOut", name="goes_out")
    + """
    def __init__(self, *args, **kwargs):
        import socket

        super().__init__(*args, **kwargs)
        socket.create_connection(("192.0.2.1", 80), timeout=5)
""",
}


@pytest.fixture(name="shop", scope="module")
def shop_fixture(environment: ProvidedEnvironment, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The spiders of the made project on the asyncio reactor."""
    folder = tmp_path_factory.mktemp("shop")
    project = make_project(folder / "project")
    return started(str(environment.python), project, folder / "work", settings=ASYNCIO)


def test_each_spider_has_a_row_which_says_what_stops_it(shop: Any) -> None:
    assert outcomes(shop) == {
        "broken": "failed",
        "by_category": "skipped",
        "checked": "passed",
        "loaders": "failed",
        "now": "failed",
        "old": "passed",
        "output": "passed",
        "remote": "passed",
        "scrapy list": "failed",
        "waiting": "passed",
    }
    told = {name: (test["message"], test["place"]) for name, test in shop.tests.items()}
    assert told["broken"] == (
        "ModuleNotFoundError: No module named 'a_package_that_nobody_has'",
        "shop/spiders/broken.py:1",
    )
    assert told["loaders"][0] == "ModuleNotFoundError: No module named 'scrapy.loader.processors'"
    assert "does not match the requested one" in told["now"][0]
    assert told["by_category"][0] == "needs the argument category"
    assert told["old"][0] == "3 start requests"
    assert "shop.spiders.broken, shop.spiders.loaders cannot be imported" in told["scrapy list"][0]
    (note,) = [each for each in shop.notes if "reactor" in each]
    assert note.startswith("importing shop.spiders.now installs twisted.internet.")


def test_the_spiders_ran_on_the_reactor_of_the_lane_and_asked_nobody(shop: Any) -> None:
    assert shop.facts()["reactor"].endswith(".AsyncioSelectorReactor")
    assert shop.ran
    assert shop.refused_network == []


@pytest.fixture(name="traps", scope="module")
def traps_fixture(environment: ProvidedEnvironment, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The spiders of a project in which nearly every one does what none should."""
    folder = tmp_path_factory.mktemp("traps")
    project = make_project(folder / "project", TRAPS)
    before = tree_digest(project)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_TOKEN", "hunter2-hunter2-hunter2")
        run = started(str(environment.python), project, folder / "work", limit=4)
    assert tree_digest(project) == before
    return run


@pytest.mark.parametrize(("name", "outcome", "told"), [
    ("exits", "failed", "it ends its process when it is imported, with exit code 3"),
    ("dies", "error", "it ends its process when it is imported, with exit code 4"),
    ("hangs", "error", "it hangs: it did not end within 4 seconds"),
    ("wants", "failed", "the environment variable SHOP_KEY is not set"),
    ("twice (shop.spiders.one)", "passed", "1 start requests"),
    ("twice (shop.spiders.other)", "passed", "1 start requests"),
    ("endless", "passed", "1000 start requests"),
    ("kept_open", "passed", "1 start requests"),
    ("looks", "passed", "1 start requests"),
    ("goes_out", "failed", "no network in a cell of scrapy-compat: 192.0.2.1"),
    ("scrapy list", "failed", "cannot be imported, and Scrapy imports all spiders before it starts one"),
])  # fmt: skip
def test_a_spider_that_does_what_none_should_is_told_as_that(traps: Any, name: str, outcome: str, told: str) -> None:
    assert traps.tests[name]["outcome"] == outcome, traps.tests[name]
    assert told in traps.tests[name]["message"]


def test_two_spiders_of_one_name_are_named_with_their_modules(traps: Any) -> None:
    assert "two spiders have the name twice: in shop.spiders.one, shop.spiders.other" in traps.notes
    assert traps.refused_network == ["192.0.2.1"]


def test_settings_that_want_a_variable_are_the_only_row(environment: ProvidedEnvironment, tmp_path: Path) -> None:
    settings = {"shop/settings.py": "import os\nSPIDER_MODULES = ['shop.spiders']\nKEY = os.environ['SHOP_KEY']\n"}
    project = make_project(tmp_path / "project", settings)
    run = started(str(environment.python), project, tmp_path / "work")
    assert outcomes(run) == {"settings": "failed"}
    assert run.tests["settings"]["message"].startswith("KeyError: the environment variable SHOP_KEY is not set: see")
    assert run.tests["settings"]["place"] == "shop/settings.py:3"
    given = started(str(environment.python), project, tmp_path / "given", environment={"SHOP_KEY": "x"})
    assert "settings" not in given.tests


def test_an_argument_that_is_given_lets_a_spider_start(environment: ProvidedEnvironment, tmp_path: Path) -> None:
    only = {name: None for name in TRAPS if not name.endswith("by_category.py")}
    project = make_project(tmp_path / "project", only)
    given = {"by_category": {"category": "books"}}
    run = started(str(environment.python), project, tmp_path / "work", arguments=given)
    assert outcomes(run) == {"by_category": "passed", "scrapy list": "passed"}
    assert run.tests["scrapy list"]["message"] == "1 names"


def test_the_rows_are_what_scrapy_list_prints_by_hand(environment: ProvidedEnvironment, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", {"shop/spiders/broken.py": None, "shop/spiders/loaders.py": None})
    command = [str(environment.python), "-m", "scrapy", "list"]
    by_hand = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout.split()
    run = started(str(environment.python), project, tmp_path / "work")
    assert [name for name in outcomes(run) if name != "scrapy list"] == sorted(by_hand)
    assert run.tests["scrapy list"]["message"] == f"{len(by_hand)} names"


def test_where_nothing_forks_the_rows_are_the_same(environment: ProvidedEnvironment, tmp_path: Path) -> None:
    left = dict.fromkeys(f"shop/spiders/{name}.py" for name in ("output", "checked", "remote", "loaders", "waiting"))
    project = make_project(tmp_path / "project", {**left, "shop/spiders/one.py": TRAPS["shop/spiders/one.py"]})
    run = started(str(environment.python), project, tmp_path / "work", forks=False, settings=ASYNCIO)
    assert outcomes(run) == {
        "broken": "failed",
        "by_category": "skipped",
        "now": "failed",
        "old": "passed",
        "scrapy list": "failed",
        "twice": "passed",
    }
    assert run.facts()["reactor"].endswith(".AsyncioSelectorReactor")


def test_contracts_are_checked_offline_and_what_asks_for_a_host_is_told(
    environment: ProvidedEnvironment, tmp_path: Path
) -> None:
    wrong = SPIDER.format(title="Wrong", name="wrong") + (
        '    def parse(self, response):\n        """Take.\n\n        @url data:,x\n        @returns items 2 2\n'
        '        """\n        yield {}\n'
    )
    left = dict.fromkeys(("shop/spiders/broken.py", "shop/spiders/loaders.py", "shop/spiders/now.py"))
    project = make_project(tmp_path / "project", {**left, "shop/spiders/wrong.py": wrong})
    run = started(str(environment.python), project, tmp_path / "work", ask="contracts")
    assert outcomes(run) == {
        "by_category: contracts": "skipped",
        "checked: contracts": "passed",
        "remote: contracts": "skipped",
        "wrong: contracts": "failed",
    }
    assert "ask for shop.example, which is refused" in run.tests["remote: contracts"]["message"]
    assert "Returned 1 items, expected 2" in run.tests["wrong: contracts"]["message"]
    assert run.refused_network == ["shop.example"]
