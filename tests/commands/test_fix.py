"""`scrapy-compat fix`: a patch on standard output, what is left on standard error, files changed only when told to."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.infra.errors import ExitCode
from tests.support.commands import run

SPIDER = b"""\
# -*- coding: latin-1 -*-\r
import scrapy\r
from scrapy.loader.processors import MapCompose\r
class A(scrapy.Spider):\r
    name = "\xe4"\r
    def start_requests(self):\r
        yield scrapy.Request("http://127.0.0.1/")\r
class Middleware:\r
    def process_start_requests(self, start_requests, spider):\r
        return start_requests\r
"""


@pytest.fixture(name="project")
def project_fixture(tmp_path: Path) -> Path:
    (tmp_path / "crawler").mkdir()
    (tmp_path / "crawler" / "spider.py").write_bytes(SPIDER)
    (tmp_path / "crawler" / "broken.py").write_text("def", encoding="utf-8")
    return tmp_path


def test_nothing_is_written_unless_told_and_what_is_left_is_told_apart(project: Path) -> None:
    done = run(project, "fix", "crawler")
    assert done.returncode == ExitCode.COMPLETE
    assert (project / "crawler" / "spider.py").read_bytes() == SPIDER
    assert "+    from itemloaders.processors import MapCompose" in done.stdout
    assert "+    async def start(self):" in done.stdout
    assert "broken.py: not read: cannot be read as Python" in done.stderr
    assert "spider.py:9: silent: Scrapy 2.16-2.19 does not use process_start_requests of Middleware" in done.stderr
    left = "2 lines in 1 file can be fixed: --write does; 1 line that newer releases take away is left to you"
    assert done.stderr.splitlines()[-1] == left


def test_the_same_is_one_object(project: Path) -> None:
    document = json.loads(run(project, "fix", "--json", "crawler").stdout)
    # What a program reads as text has no ends of lines of its own.
    assert document["patch"].replace("\r\n", "\n") == run(project, "fix", "crawler").stdout
    assert document["files"] == [str(Path("crawler", "spider.py"))]
    assert document["mended"] == 2
    (left,) = document["left"]
    assert (left["line"], left["what"], left["silent"]) == (9, "process_start_requests", True)
    assert left["gone"][-1] == "2.19.0"


def test_with_write_the_file_is_changed_and_keeps_its_encoding_mode_and_ends_of_lines(project: Path) -> None:
    file = project / "crawler" / "spider.py"
    file.chmod(0o640)
    done = run(project, "fix", "--write", "crawler")
    assert "fixed 2 lines in 1 file; 1 line" in done.stderr
    new = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o640
    assert b'name = "\xe4"\r\n' in new
    assert new.count(b"\r\n") == new.count(b"\n") == SPIDER.count(b"\n") + 7
    again = run(project, "fix", "crawler")
    assert again.stdout == ""
    assert "0 lines in 0 files can be fixed; 1 line" in again.stderr


def test_the_patch_is_one_that_git_takes(tmp_path: Path) -> None:
    assert shutil.which("git") is not None
    (tmp_path / "a.py").write_text("import scrapy\nclass A(scrapy.Spider):\n    def start_requests(self): yield 1",
                                   encoding="utf-8")  # fmt: skip
    done = run(tmp_path, "fix", "./a.py")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, check=True, input=done.stdout, text=True)
    assert "async def start(self):" in (tmp_path / "a.py").read_text(encoding="utf-8")


def test_only_releases_that_are_asked_for_count_and_others_are_refused(project: Path) -> None:
    done = run(project, "fix", "--scrapy", "<2.12", "crawler")
    assert done.stdout == ""
    for given, cause in (("3.7", "is no release of the matrix"), ("=2", "")):
        refused = run(project, "fix", "--scrapy", given, "crawler")
        assert refused.returncode == ExitCode.CONFIGURATION
        assert f"--scrapy {given}" in refused.stderr
        assert cause in refused.stderr
    missing = run(project, "fix", "crawler/broken.py")
    assert missing.returncode == ExitCode.CONFIGURATION
