"""`report --format` and `query` as a user calls them, after a small real run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from harness.render.formats import FILES
from tests.test_run import LANES, SMALL, place, scrapy_compat  # noqa: F401  (a fixture)
from tests.told import COUNTED

pytestmark = pytest.mark.index


def test_all_formats_of_a_real_run_tell_what_the_store_holds(place: Path) -> None:  # noqa: F811
    assert scrapy_compat(place, "run", *SMALL, *LANES).returncode == 0
    cells = [json.loads(line) for line in scrapy_compat(place, "cells", "--format", "json").stdout.splitlines()]
    outcomes = Counter(cell["outcome"] for cell in cells)
    assert {"pass", "fail"} < set(outcomes)
    chosen = [part for name in FILES for part in ("--format", name)]
    done = scrapy_compat(place, "report", *chosen, "--out", "all")
    assert done.returncode == 0, done.stderr
    by_verdict = Counter()
    for verdict in ("expected", "unexpected", "unclaimed"):
        ids = scrapy_compat(place, "cells", "--format", "ids", "--verdict", verdict).stdout.splitlines()
        by_verdict[verdict] = len(ids)
    for file, counted in COUNTED.values():
        told = counted(place / "all" / file)
        assert (+told[0], +told[1]) == (outcomes, +by_verdict), file
    found = scrapy_compat(place, "query", "SELECT outcome, count(*) AS n FROM cells GROUP BY ALL", "--format", "json")
    assert {row["outcome"]: row["n"] for row in map(json.loads, found.stdout.splitlines())} == outcomes


def test_a_format_on_standard_output_has_nothing_else_there(place: Path) -> None:  # noqa: F811
    scrapy_compat(place, "run", *SMALL, "--lane", "epoll")
    scrapy_compat(place, "report", "--format", "ctrf", "--out", "reports")
    printed = scrapy_compat(place, "report", "--format", "ctrf", "--out", "-")
    assert printed.stdout == (place / "reports" / "ctrf.json").read_text()
    assert "Verdicts: expected" in printed.stderr
    logged = scrapy_compat(place, "report", "--format", "annotations")
    assert (logged.returncode, logged.stdout.splitlines()[0][:10]) == (0, "Verdicts: ")
