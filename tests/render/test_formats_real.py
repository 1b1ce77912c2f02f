"""`report --format` and `query` as a user calls them, after a small real run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from harness.render.formats import FORMATS
from tests.support.command_runs import epoll_run, known, place, scrapy_compat  # noqa: F401  (fixtures)
from tests.support.report_fixture import COUNTED

pytestmark = pytest.mark.index


def test_all_formats_of_a_real_run_tell_what_the_store_holds(known: Path) -> None:  # noqa: F811
    cells = [json.loads(line) for line in scrapy_compat(known, "cells", "--format", "json").stdout.splitlines()]
    outcomes = Counter(cell["outcome"] for cell in cells)
    assert {"pass", "fail"} < set(outcomes)
    chosen = [part for name in FORMATS for part in ("--format", name)]
    done = scrapy_compat(known, "report", *chosen, "--out", "all")
    assert done.returncode == 0, done.stderr
    by_verdict = Counter()
    for verdict in ("expected", "unexpected", "unclaimed"):
        ids = scrapy_compat(known, "cells", "--format", "ids", "--verdict", verdict).stdout.splitlines()
        by_verdict[verdict] = len(ids)
    for file, counted in COUNTED.values():
        told = counted(known / "all" / file)
        assert (+told[0], +told[1]) == (outcomes, +by_verdict), file
    found = scrapy_compat(known, "query", "SELECT outcome, count(*) AS n FROM cells GROUP BY ALL", "--format", "json")
    assert {row["outcome"]: row["n"] for row in map(json.loads, found.stdout.splitlines())} == outcomes


def test_a_format_on_standard_output_has_nothing_else_there(known: Path) -> None:  # noqa: F811
    scrapy_compat(known, "report", "--format", "ctrf", "--out", "reports")
    printed = scrapy_compat(known, "report", "--format", "ctrf", "--out", "-")
    assert printed.stdout == (known / "reports" / "ctrf.json").read_text()
    assert "Verdicts: expected" in printed.stderr
    logged = scrapy_compat(known, "report", "--format", "annotations")
    assert (logged.returncode, logged.stdout.splitlines()[0][:10]) == (0, "Verdicts: ")
