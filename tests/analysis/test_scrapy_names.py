"""The table of Scrapy's names: how packages are read, and that the table which ships says what can be imported."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from harness.analysis.scrapy_names.names_table import TABLE, NameHistory, load_names_table, make_names_table
from harness.environments.provider import ProvidedEnvironment
from tests.support import live
from tests.support.scrapy_packages import written_release

WARN = 'import warnings\nwarnings.warn("{}", DeprecationWarning)\n'

ATTEST = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")

def found(path):
    # What cannot be imported for want of another package says nothing.
    module, name = path.rpartition(".")[::2]
    try:
        importlib.import_module(path)
        return True
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("scrapy"):
            return None
    except Exception:
        return None
    try:
        return hasattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        return False if (error.name or "").startswith("scrapy") else None
    except Exception:
        return None

def members(path, names):
    module, name = path.rpartition(".")[::2]
    try:
        return {each: hasattr(getattr(importlib.import_module(module), name), each) for each in names}
    except Exception:
        return {}

asked = json.load(sys.stdin)
answer = {
    "names": {path: found(path) for path in asked["names"]},
    "members": {path: members(path, each) for path, each in asked["members"].items()},
}
json.dump(answer, sys.stdout)
"""


def test_a_name_is_known_by_each_path_that_it_can_be_imported_from(tmp_path: Path) -> None:
    names = written_release(tmp_path, {
        "__init__.py": "from scrapy.spiders import Spider",
        "spiders/__init__.py": "from .base import Base\nclass Spider(Base):\n    def parse(self, **kwargs): ...\n",
        "spiders/base.py": "class Base:\n    def start(self, *, wait=1): self.state = {}\n",
    })  # fmt: skip
    assert names.paths["scrapy.Spider"] == "scrapy.spiders.Spider"
    assert names.classes["scrapy.Spider"].members == {"parse", "start", "state"}
    assert names.calls["scrapy.Spider.start"] == {"wait"}
    assert names.calls["scrapy.spiders.Spider.parse"] is None
    assert not names.classes["scrapy.Spider"].open


def test_what_is_only_for_type_checkers_cannot_be_imported(tmp_path: Path) -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from scrapy.b import C\nelse:\n    D = 1\n"
    names = written_release(tmp_path, {"a.py": text, "b.py": "class C: ..."})
    assert "scrapy.a.C" not in names.paths
    assert "scrapy.a.D" in names.paths


def test_what_a_release_takes_away_is_in_the_table_with_scrapys_own_words(tmp_path: Path) -> None:
    old = written_release(tmp_path / "1", {
        "log.py": WARN.format("scrapy.log is deprecated, use logging") + "def msg(text, level=0): ...\n",
        "spiders.py": """
            class Spider:
                def begin(self):
                    warnings.warn("Spider.begin() is deprecated, use start()", DeprecationWarning)
                def close(self): ...
                def kept(self, spider): ...
        """,
        "middleware.py": "if hasattr(mw, 'process_begin'): pass\n",
        "settings/default_settings.py": "OLD_LIMIT = 1\nLIMIT = 2\n",
    })  # fmt: skip
    new = written_release(tmp_path / "2", {
        "spiders.py": "class Spider:\n    def kept(self): ...\nspider.close()\n",
        "settings/default_settings.py": "LIMIT = 2\n",
    })  # fmt: skip
    table = make_names_table({"1.0": old, "2.0": new})
    words = "scrapy.log is deprecated, use logging"
    assert table.names["scrapy.log"] == NameHistory(there="0", deprecated="0", words=words)
    # What a module takes with it is not said twice.
    assert "scrapy.log.msg" not in table.names
    members = table.members["scrapy.spiders.Spider"]
    assert members["begin"].words == "Spider.begin() is deprecated, use start()"
    assert (members["begin"].there, members["begin"].called) == ("0", "")
    # Scrapy's code still names it: a class that has it may well be asked for it.
    assert (members["close"].there, members["close"].called) == ("0", "0-1")
    assert table.arguments["scrapy.spiders.Spider.kept"]["spider"].there == "0"
    assert set(table.settings) == {"OLD_LIMIT"}
    assert set(table.hooks) == {"process_begin"}
    assert table.releases_of("0-1") == {"1.0", "2.0"}


def test_nothing_is_called_gone_from_where_names_are_computed(tmp_path: Path) -> None:
    old = written_release(
        tmp_path / "1", {"url.py": "from w3lib.url import *\nclass A(Unknown):\n    def f(self): ...\n"}
    )
    computed = "def __getattr__(name):\n    if name in _MOVED: return 1\nclass A(Unknown): ...\n"
    new = written_release(tmp_path / "2", {"url.py": computed})
    table = make_names_table({"1.0": old, "2.0": new})
    assert table.open["scrapy.url"].releases == "0-1"
    assert not table.members
    assert "scrapy.url.A" not in table.names


def test_names_that_a_module_gives_on_demand_are_there(tmp_path: Path) -> None:
    text = """
        def __getattr__(name):
            if name == "old":
                warnings.warn("scrapy.url.old is deprecated", ScrapyDeprecationWarning)
    """
    names = written_release(tmp_path, {"url.py": text})
    assert "scrapy.url.old" in names.paths
    assert not names.modules["scrapy.url"].open
    assert names.deprecated["scrapy.url.old"] == "scrapy.url.old is deprecated"


def test_the_table_knows_the_releases_of_the_matrix() -> None:
    assert load_names_table().releases == tuple(str(release.version) for release in live.matrix().scrapys), (
        f"nox -s names writes {TABLE.name} anew"
    )


@pytest.mark.index
def test_what_the_table_says_of_a_release_its_own_import_shows(environment: ProvidedEnvironment) -> None:
    table = load_names_table()
    release = environment.result.versions["scrapy"]
    asked = {"names": list(table.names), "members": {path: list(each) for path, each in table.members.items()}}
    command = [str(environment.python), "-c", ATTEST]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    there = json.loads(done.stdout)
    gone = [path for path, history in table.names.items() if release not in table.releases_of(history.there)]
    assert len(gone) > 500
    assert [path for path in gone if there["names"][path]] == []
    kept = [path for path, history in table.names.items()
            if release in table.releases_of(history.there) and path.rpartition(".")[0] not in table.open]  # fmt: skip
    lost = [path for path in kept if there["names"][path] is False]
    # Packages that need not be there, and a name that its module deletes.
    assert {path.rpartition(".")[2] for path in lost} <= {"brotli", "zstandard", "pkgutil"}
    wrong = [(path, member) for path, each in table.members.items() for member, history in each.items()
             if there["members"][path].get(member) and release not in table.releases_of(history.there)]  # fmt: skip
    assert wrong == []
