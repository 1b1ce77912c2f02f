"""What `fix` writes into sources, over two small releases of a package called `scrapy`."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.analysis.advice.source_changes import ChangeSearch
from harness.analysis.advice.source_classes import SourceClasses
from harness.analysis.advice.source_fixes import find_fixes, fixed
from harness.analysis.advice.source_names import read_files
from harness.analysis.scrapy_names.names_table import NamesTable, make_names_table
from harness.infra.python_source import parse_python
from tests.support.scrapy_packages import written_release

OLD = {
    "__init__.py": "from scrapy.spiders import Spider\n",
    "spiders.py": "class Spider:\n    def start_requests(self): ...\n",
    "loader.py": "from itemloaders import MapCompose, TakeFirst\nfrom deep.er import Old as New\ndef kept(): ...\n",
    "url.py": "from w3lib.url import *\n",
}
NEW = {
    "__init__.py": "from scrapy.spiders import Spider\n",
    "spiders.py": "class Spider: ...\n",
    "loader.py": "def kept(): ...\n",
    "url.py": "",
}


@pytest.fixture(scope="module", name="table")
def table_fixture(tmp_path_factory: pytest.TempPathFactory) -> NamesTable:
    folder = tmp_path_factory.mktemp("releases")
    return make_names_table(
        {name: written_release(folder / name, files) for name, files in {"2.1.0": OLD, "2.2.0": NEW}.items()}
    )


def mended(table: NamesTable, source: str, **others: str) -> str:
    sources = {Path("a.py"): source, **{Path(f"{name}.py"): text for name, text in others.items()}}
    trees = {path: parse_python(text) for path, text in sources.items()}
    files = read_files(trees)
    changes = ChangeSearch(table, table.releases, {}).search(files, trees)
    classes = SourceClasses({files[path]: tree for path, tree in trees.items()})
    at = Path("a.py")
    new = fixed(source, find_fixes(source, trees[at], files[at], classes, changes[at]))
    parse_python(new)
    return new


def test_an_import_of_what_moved_is_from_where_it_is_and_else_from_where_it_was(table: NamesTable) -> None:
    assert mended(table, "from scrapy.loader import MapCompose\n") == (
        "try:\n    from itemloaders import MapCompose\nexcept ImportError:\n    from scrapy.loader import MapCompose\n"
    )
    assert "    from w3lib.url import canonicalize_url\n" in mended(table, "from scrapy.url import canonicalize_url\n")


def test_other_names_of_the_import_stay_and_new_names_keep_what_they_are_called(table: NamesTable) -> None:
    source = (
        "def f():\n    from scrapy.loader import (\n        kept,\n        TakeFirst as First,\n        New,\n    )\n"
    )
    assert mended(table, source) == (
        "def f():\n"
        "    from scrapy.loader import kept\n"
        "    try:\n"
        "        from itemloaders import TakeFirst as First\n"
        "        from deep.er import Old as New\n"
        "    except ImportError:\n"
        "        from scrapy.loader import TakeFirst as First, New\n"
    )


def test_a_line_with_something_else_on_it_stays(table: NamesTable) -> None:
    for source in ("import os; from scrapy.loader import New\n", "from scrapy.loader import New  # noqa\n",
                   "from scrapy.loader import (New,  # why\n)\n"):  # fmt: skip
        assert mended(table, source) == source


def test_a_spider_that_only_has_start_requests_gets_start(table: NamesTable) -> None:
    source = "import scrapy\nclass A(scrapy.Spider):\n    def start_requests(self):\n        yield 1\n    name = 'a'"
    assert mended(table, source) == (
        "import scrapy\nclass A(scrapy.Spider):\n    def start_requests(self):\n        yield 1\n"
        "\n    async def start(self):\n        for request in self.start_requests():\n            yield request\n"
        "    name = 'a'"
    )
    assert mended(table, "import scrapy\nclass A(scrapy.Spider):\n  def start_requests(self): return []").endswith(
        "return []\n\n  async def start(self):\n      for request in self.start_requests():\n          yield request\n"
    )


def test_a_spider_whose_base_gets_start_or_that_calls_what_is_gone_stays(table: NamesTable) -> None:
    base = "import scrapy\nclass Base(scrapy.Spider):\n    def start_requests(self): ...\n"
    derived = "from base import Base\nclass A(Base):\n    def start_requests(self):\n        yield 1\n"
    assert mended(table, derived, base=base) == derived
    calls = "import scrapy\nclass A(scrapy.Spider):\n    def start_requests(self):\n        super().start_requests()\n"
    assert mended(table, calls) == calls


def test_ends_of_lines_stay_as_they_are(table: NamesTable) -> None:
    source = "# \x0c a form feed ends no line\r\nfrom scrapy.loader import New\r\nx = 1\r\n"
    new = mended(table, source)
    assert new.count("\r\n") == new.count("\n") == 6
    assert new.endswith("from scrapy.loader import New\r\nx = 1\r\n")
