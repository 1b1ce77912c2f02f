"""A real run in which secrets are planted wherever they can come from: none of them is in what the run leaves."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import live
from tests.support.command_runs import place, scrapy_compat  # noqa: F401  (the fixture is asked for by name)
from tests.support.packages import Index

pytestmark = pytest.mark.index

IN_INDEX_URL = "open-sesame-7f3a"
IN_REQUIREMENT = "requirement-pass-51"
IN_ENVIRONMENT = "tok-9d8c7b6a5f4e"
IN_NETRC = "netrc-word-33"
PLANTED = (IN_INDEX_URL, IN_REQUIREMENT, IN_ENVIRONMENT, IN_NETRC)

SCENARIOS = {
    "tells": '''"""Prints and raises what it found in the environment, and what no terminal should see raw."""

import os

from kit.deferreds import later
from kit.scenario import Scenario


class Tells(Scenario):
    lanes = ["epoll"]
    helpers = ["direct", "deferred_to_future"]

    async def parse(self, response):
        token = os.environ["PLANTED_TOKEN"]
        os.write(1, (token + "x" * 10_000_000 + token + "\\n").encode() + b"\\xff\\x1b[2J")
        os.write(2, "\\n".join(token for _ in range(9000)).encode())
        await later("value")
        raise ValueError("</script>\\x1b[31m\\udcff " + token + " NETRC" + " y" * 480 + token)
''',
    "needs": '''"""What it needs is told with a password, and there."""

from kit.scenario import Scenario


class Needs(Scenario):
    helpers = ()
    lanes = ["epoll"]
    requires = ["spam @ URL"]

    async def parse(self, response):
        self.cell.entered()
        import spam

        return self.arrived("value" if spam.VERSION else None)
''',
    "misses": '''"""What it needs is told with a password, and not there."""

from kit.scenario import Scenario


class Misses(Scenario):
    helpers = ()
    lanes = ["epoll"]
    requires = ["spam==7"]

    async def parse(self, response):
        return self.arrived("value")
''',
}


def texts_of(store: Path) -> Iterator[str]:
    """Everything in the tables of a store, documents and all."""
    with closing(sqlite3.connect(store)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in db.execute(f"SELECT * FROM {table}"):
                for value in row:
                    yield zlib.decompress(value).decode() if isinstance(value, bytes) else str(value)


def test_no_planted_secret_and_no_control_character_is_in_anything_that_a_run_leaves(
    place: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Index() as index:
        index.publish("spam", "1.0")
        url = f"http://someone:{IN_REQUIREMENT}@127.0.0.1:{index.port}/files/spam-1.0-py3-none-any.whl"
        monkeypatch.setenv("UV_INDEX", index.url.replace("//", f"//someone:{IN_INDEX_URL}@"))
        monkeypatch.setenv("PLANTED_TOKEN", IN_ENVIRONMENT)
        netrc = place / "netrc"
        netrc.write_text(f"machine example.org login me password {IN_NETRC}\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        folder = place / "mine"
        folder.mkdir()
        for name, source in SCENARIOS.items():
            (folder / f"{name}.py").write_text(source.replace("URL", url).replace("NETRC", IN_NETRC))
        chosen = ["--plan", "full", "--python", live.HERE, "--scrapy", "2.13.4", "--profile", "latest"]
        asked = ["--scenarios", "mine", "--scenario", ",".join(SCENARIOS), "--out", "reports", "--isolate"]
        said = [scrapy_compat(place, "run", *chosen, *asked)]
        said += [scrapy_compat(place, "run", *chosen, *asked)]
    assert "Nothing has changed" in said[1].stdout, said[1].stdout + said[1].stderr
    cells = [line.split() for line in scrapy_compat(place, "cells").stdout.splitlines()[:-1]]
    outcomes = {cell.rpartition("/")[0].rpartition("/")[2]: outcome for outcome, cell, *_ in cells}
    assert outcomes == {"tells": "fail", "needs": "pass", "misses": "uninstallable"}
    said += [scrapy_compat(place, "show", cell) for _, cell, *_ in cells]
    said += [scrapy_compat(place, "show", cell, "--json") for _, cell, *_ in cells]
    said += [scrapy_compat(place, *words) for words in (["cells"], ["cells", "--json"], ["explain"], ["claims"],
             ["report", "--out", "again"], ["runs"], ["runs", "--json"])]  # fmt: skip
    (store,) = (place / ".scrapy-compat" / "runs").glob("*.sqlite")
    texts = [*texts_of(store), *(done.stdout + done.stderr for done in said)]
    kept = [path for folder in (".scrapy-compat", "reports", "again") for path in (place / folder).rglob("*")]
    texts += [path.read_bytes().decode("latin-1") for path in kept if path.is_file()]
    for planted in PLANTED:
        assert not [text[:2000] for text in texts if planted in text]
    # It was there to be found: what raised it is told, with the mark.
    assert any("ValueError: </script>" in text and "***" in text for text in texts)
    for done in said:
        assert not [line for line in done.stdout.splitlines() if not line.isprintable()]
        assert max(map(len, done.stdout.splitlines())) < 500_000
    for done in said:
        if "--json" not in done.args:
            assert max(map(len, done.stdout.splitlines())) < 2_200
