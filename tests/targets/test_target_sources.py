"""What a target's source names that the releases asked do not have, and how the report says it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.render.target_words import sections
from harness.targets.target_sources import source_findings
from tests.support.measured_targets import measured_target

SPIDER = """\
import scrapy
from scrapy.loader.processors import Join
class A(scrapy.Spider):
    def start_requests(self): ...
"""


def write(folder: Path, *places: str) -> None:
    for place in places:
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(SPIDER, encoding="utf-8")


def test_what_the_releases_asked_do_not_have_is_found_and_silent_lines_come_first(tmp_path: Path) -> None:
    write(tmp_path, "shop/spiders/a.py")
    found = source_findings(tmp_path, ["2.11.2", "2.19.0"])
    assert [(each.file, each.change.line, each.change.silent) for each in found] == [
        ("shop/spiders/a.py", 4, True),
        ("shop/spiders/a.py", 2, False),
    ]
    assert not source_findings(tmp_path, ["2.6.3", "2.11.2"])


def test_tests_examples_and_what_is_no_python_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "tests/a.py", "test_a.py", "docs/conf.py", "shop/examples/b.py")
    (tmp_path / "broken.py").write_bytes(b"def \x00")
    (tmp_path / "deep.py").write_text(" + ".join(["f(1)"] * 900), encoding="utf-8")
    assert source_findings(tmp_path, ["2.19.0"]) == ()


def test_the_report_tells_the_lines_with_the_releases(tmp_path: Path) -> None:
    write(tmp_path, *(f"shop/s{number}.py" for number in range(4)))
    answer = replace(measured_target(tmp_path)[1], source=source_findings(tmp_path, ["2.11.2", "2.16.0", "2.19.0"]))
    told = dict(sections(answer))["What its source names and releases asked here do not have"]
    start = "silent: Scrapy 2.16-2.19 does not use start_requests of a scrapy.Spider, and does not say so"
    assert told[0] == f"shop/s0.py:4: {start}"
    assert told[4] == "shop/s0.py:2: scrapy.loader.processors is not in Scrapy 2.16-2.19"
    assert told[5:] == ["3 more lines: --json has all of them"]
