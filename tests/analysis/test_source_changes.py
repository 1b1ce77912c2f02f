"""What newer releases take away of what a source names, over three small releases of a package called `scrapy`."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from harness.analysis.advice.source_changes import ChangeSearch, SourceChange
from harness.analysis.advice.source_names import read_files
from harness.analysis.axis_values import AxisValues
from harness.analysis.scrapy_names.names_table import NamesTable, make_names_table
from harness.infra.python_source import parse_python
from harness.model.known_cells import CellCoordinates
from harness.render.text.advise_changes import change_lines, taken_away_lines
from tests.support.scrapy_packages import written_release

OLD = {
    "__init__.py": "from scrapy.spiders import Spider\nversion_info = (1, 0)\n",
    "log.py": "def msg(text): ...\n",
    "spiders.py": """
        class Spider:
            def begin(self):
                warnings.warn("Spider.begin() is deprecated, use Spider.start() instead", DeprecationWarning)
            def helper(self): ...
        class Crawl(Spider):
            def follow(self, link, spider): ...
    """,
    "http.py": "class Request:\n    def __init__(self, url, old=None): ...\n",
    "middleware.py": "if hasattr(mw, 'process_begin'): pass\n",
    "settings/default_settings.py": "OLD_LIMIT = 1\n",
}
NEW = {
    "__init__.py": "from scrapy.spiders import Spider\nversion_info = (3, 0)\n",
    "spiders.py": "class Spider: ...\nclass Crawl(Spider):\n    def follow(self, link): ...\n",
    "http.py": "class Request:\n    def __init__(self, url): ...\n",
    "settings/default_settings.py": "",
}


@pytest.fixture(scope="module", name="table")
def table_fixture(tmp_path_factory: pytest.TempPathFactory) -> NamesTable:
    folder = tmp_path_factory.mktemp("releases")
    releases = {"2.1.0": OLD, "2.2.0": OLD, "2.3.0": NEW}
    return make_names_table({version: written_release(folder / version, files) for version, files in releases.items()})


def found(table: NamesTable, source: str, *, name: str = "a.py", **others: str) -> list[SourceChange]:
    sources = {Path(name): dedent(source), **{Path(f"{other}.py"): dedent(text) for other, text in others.items()}}
    trees = {path: parse_python(text) for path, text in sources.items()}
    return ChangeSearch(table, table.releases, {}).search(read_files(trees), trees)[Path(name)]


def told(changes: list[SourceChange]) -> list[tuple[int, str, str]]:
    assert all(each.gone == ("2.3.0",) for each in changes)
    return [(each.line, each.kind, each.what) for each in changes]


def test_names_are_found_where_they_are_imported_or_used(table: NamesTable) -> None:
    assert told(found(table, "from scrapy import log\nlog.msg(1)\n")) == [(1, "name", "log")]
    assert told(found(table, "import scrapy.log\n")) == [(1, "name", "log")]
    assert told(found(table, "import scrapy\nscrapy.log.msg(1)\n")) == [(2, "name", "log")]
    assert not found(table, "from scrapy import Spider\nfrom .scrapy import log\nimport other\nother.log\n")


def test_what_is_dealt_with_is_not_told(table: NamesTable) -> None:
    for caught in ("ImportError", "(ValueError, AttributeError)"):
        assert not found(table, f"try:\n    from scrapy import log\nexcept {caught}:\n    log = None\n")
        assert not found(table, f"try:\n    import new\nexcept {caught}:\n    from scrapy import log\n")
    assert found(table, "try:\n    from scrapy import log\nexcept ValueError:\n    pass\n")
    assert not found(table, "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from scrapy import log\n")
    assert not found(table, "if hasattr(x, 'new'):\n    pass\nelse:\n    from scrapy import log\n")
    version = "import scrapy\nif scrapy.version_info {} (2, 3):\n    from scrapy import log\n"
    assert not found(table, version.format("<"))
    assert found(table, version.format(">="))


def test_a_method_that_no_release_calls_any_more_is_told_as_silent(table: NamesTable) -> None:
    changes = found(
        table, "import scrapy\nclass A(scrapy.Spider):\n    def begin(self): ...\nclass B(A):\n    begin = 1\n"
    )
    assert told(changes) == [(3, "override", "begin"), (5, "override", "begin")]
    assert all(each.silent for each in changes)
    # Through a class of another file.
    source = "from base import Base\nclass A(Base):\n    def begin(self): ...\n"
    base = "from scrapy.spiders import Crawl\nclass Base(Crawl): ...\n"
    assert told(found(table, source, base=base)) == [(3, "override", "begin")]
    assert not found(table, "class Base: ...\nclass A(Base):\n    def begin(self): ...\n")


def test_a_class_that_has_what_newer_releases_call_is_right(table: NamesTable) -> None:
    both = "import scrapy\nclass A(scrapy.Spider):\n    async def start(self): ...\n    def begin(self): ...\n"
    assert not found(table, both)


def test_calls_of_what_a_base_had_are_told_as_loud(table: NamesTable) -> None:
    source = """
        import scrapy
        class A(scrapy.Spider):
            def parse(self):
                self.helper()
                super().helper()
                self.begin()
            def begin(self): ...
    """
    changes = [each for each in found(table, source) if each.kind == "member"]
    assert told(changes) == [(5, "member", "helper"), (6, "member", "helper")]
    assert not any(each.silent for each in changes)


def test_arguments_are_told_where_they_are_given_and_where_they_are_required(table: NamesTable) -> None:
    assert told(found(table, "from scrapy.http import Request\nRequest('u',\n    old=1)\n")) == [(3, "argument", "old")]
    required = "from scrapy.spiders import Crawl\nclass A(Crawl):\n    def follow(self, link, spider{}): ...\n"
    assert told(found(table, required.format(""))) == [(3, "required", "spider")]
    assert not found(table, required.format("=None"))


def test_hooks_and_settings_that_are_no_longer_asked_for_are_silent(table: NamesTable) -> None:
    changes = found(table, "class Mw:\n    def process_begin(self): ...\n")
    assert told(changes) == [(2, "hook", "process_begin")]
    for line in ('custom = {"OLD_LIMIT": 1}', 'settings["OLD_LIMIT"]', 'settings.getint("OLD_LIMIT")'):
        changes += found(table, line)
        assert told(changes[-1:]) == [(1, "setting", "OLD_LIMIT")]
    assert told(found(table, "OLD_LIMIT = 1\n", name="project/settings.py")) == [(1, "setting", "OLD_LIMIT")]
    assert not found(table, "OLD_LIMIT = 1\n")
    assert all(each.silent for each in changes)


def test_a_release_of_which_nothing_is_known_is_named(table: NamesTable) -> None:
    search = ChangeSearch(table, ("2.2.0", "2.3.1", "3.0.0"), {})
    assert search.unknown == ("3.0.0",)
    trees = {Path("a.py"): parse_python("from scrapy import log")}
    (change,) = search.search(read_files(trees), trees)[Path("a.py")]
    # A patch has the names of its minor release.
    assert change.gone == ("2.3.1",)
    at = CellCoordinates("linux", "3.12", "", "latest", "default", "s", "h")
    axes = AxisValues.of([at._replace(scrapy=release) for release in ("2.2.0", "2.3.1", "3.0.0")])
    assert list(change_lines([change], "a.py", axes)) == ["a.py:1: scrapy.log is not in Scrapy 2.3"]
    assert list(taken_away_lines({"a.py": [change]}, axes, search.unknown)) == [
        "\nWhat a newer Scrapy takes away: 1 line",
        "    Scrapy 2.3:",
        "        scrapy.log (a.py:1)",
        "\nScrapy 3.0: its names are not known here, so what it takes away is not said",
    ]


def test_what_is_gone_silently_is_counted_and_comes_first(table: NamesTable) -> None:
    source = "import scrapy\nfrom scrapy import log\nclass A(scrapy.Spider):\n    def begin(self): ...\n"
    at = CellCoordinates("linux", "3.12", "", "latest", "default", "s", "h")
    axes = AxisValues.of([at._replace(scrapy=release) for release in table.releases])
    changes = found(table, source)
    lines = list(taken_away_lines({"a.py": changes}, axes, ()))
    assert lines == [
        "\nWhat a newer Scrapy takes away: 2 lines, 1 of them silently",
        "    Scrapy 2.3:",
        "        silent: scrapy.Spider.begin (a.py:4)",
        "        scrapy.log (a.py:2)",
    ]
    assert "    Scrapy says: Spider.begin() is deprecated, use Spider.start() instead" in change_lines(
        changes, "a.py", axes
    )
