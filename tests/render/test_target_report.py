"""The report of a target: three files that say the same, and in which whatever a test printed stays text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from harness.render.target_document import SCHEMA
from harness.render.target_report import write_target_report
from tests.support.measured_targets import HOSTILE, measured_target

NAMES = ("index.html", "report.md", "report.json")


@pytest.fixture(name="report")
def report_fixture(tmp_path: Path) -> dict[str, str]:
    page = write_target_report(*measured_target(tmp_path), tmp_path / "out" / "made-plugin")
    assert page == tmp_path / "out" / "made-plugin" / "index.html"
    assert {path.name for path in page.parent.iterdir()} == set(NAMES)
    return {name: (page.parent / name).read_text(encoding="utf-8") for name in NAMES}


def test_the_json_is_as_its_schema_says(report: dict[str, str]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    document = json.loads(report["report.json"])
    Draft202012Validator(schema).validate(document)
    assert (document["name"], document["version"], document["answer"]["works"]) == ("made-plugin", "1.2.3", "2.16-2.19")


@pytest.mark.parametrize("name", ["index.html", "report.md"])
def test_the_answer_comes_first_and_every_cause_has_its_cell_and_its_command(report: dict[str, str], name: str) -> None:
    text = report[name].replace("\u200b", "").replace("\\", "")
    places = [
        text.index(each)
        for each in (
            "works with Scrapy 2.16-2.19",
            "2.13",
            "fail raised-value-error: 1 cell",
            "scrapy2.13.4-latest/default",
        )
    ]
    assert places == sorted(places)
    assert "--cell linux-py" in text
    assert "20260101" not in text


def test_what_has_nothing_to_do_with_a_target_is_not_in_its_report(report: dict[str, str]) -> None:
    for name in ("index.html", "report.md"):
        body = re.sub(r"(?s)<style>.*?</style>", "", report[name])
        assert not re.search("(?i)helper|deferred", body), name


class Tags(HTMLParser):
    """Counts tags."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)


def test_what_a_test_printed_stays_text(report: dict[str, str]) -> None:
    assert "<b>" in HOSTILE
    tags = Tags()
    tags.feed(report["index.html"])
    assert not {"b", "script", "img"} & set(tags.seen)
    assert "\x1b" not in "".join(report.values())
    headings = [line for line in report["report.md"].splitlines() if line.startswith("# ")]
    assert len(headings) == 1
