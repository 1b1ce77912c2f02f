"""What `try --emit` writes is what the tools that read it take."""

from __future__ import annotations

import configparser
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from harness.infra.packages.uv import run_uv
from harness.render import emitted as emitting
from harness.render.emitted import KINDS, emitted
from harness.targets.target_answer import TargetAnswer
from harness.targets.tried_target import TriedTarget
from tests.support import live
from tests.support.measured_targets import measured_target
from tests.support.workflows import WORKFLOWS
from tests.support.yaml_checks import assert_clean, by_rules, by_schema, by_zizmor


@pytest.fixture(name="measured")
def measured_fixture(tmp_path: Path) -> tuple[TriedTarget, TargetAnswer]:
    return measured_target(tmp_path)


def test_what_is_written_says_where_it_is_from(measured: tuple[TriedTarget, TargetAnswer]) -> None:
    for kind in KINDS:
        text = emitted(kind, *measured)
        assert "Measured with made-plugin 1.2.3, content " in text, kind
        assert "run 20261129T000000Z-abcdef" in text, kind
        assert "\x1b" not in text, kind


def test_the_settings_of_tox_are_read_by_its_format(measured: tuple[TriedTarget, TargetAnswer]) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(emitted("tox", *measured))
    here = live.HERE.replace(".", "")
    assert parser["tox"]["env_list"].split() == [f"py{here}-scrapy{each}" for each in ("2134", "2160", "2190")]
    assert "scrapy2134: scrapy==2.13.4" in parser["testenv"]["deps"]
    assert "pytest>=8" in parser["testenv"]["deps"]
    assert parser["testenv"]["commands"] == "python -m pytest -k 'not slow' {posargs}"


@pytest.mark.parametrize(
    ("kind", "line"), [("tox", "extras =\n    one\n    two\n"), ("nox", "'.[one,two]', "), ("github", "'.[one,two]' ")]
)
def test_the_extras_with_which_it_was_measured_are_installed(
    measured: tuple[TriedTarget, TargetAnswer], kind: str, line: str
) -> None:
    tried, found = measured
    assert line not in emitted(kind, tried, found)
    settings = msgspec.structs.replace(tried.read.settings, extras=("one", "two"))
    assert line in emitted(kind, replace(tried, read=replace(tried.read, settings=settings)), found)


def test_the_workflow_is_one_that_github_takes_and_that_the_checkers_find_nothing_in(
    measured: tuple[TriedTarget, TargetAnswer], tmp_path: Path
) -> None:
    path = tmp_path / ".github" / "workflows" / "compat.yml"
    path.parent.mkdir(parents=True)
    path.write_text(emitted("github", *measured), encoding="utf-8")
    assert_clean(by_schema("workflow", path))
    assert_clean(by_rules(path, profile="correctness"))
    assert_clean(by_zizmor(path, persona="regular"))


def test_the_actions_are_those_of_this_repository() -> None:
    used = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    for action in (emitting.CHECKOUT, emitting.SETUP_PYTHON):
        assert f"uses: {action}\n" in used


def test_whatever_a_test_says_stays_inside_its_block(measured: tuple[TriedTarget, TargetAnswer]) -> None:
    lines = emitted("issue", *measured).splitlines()
    assert lines[0] == "# made-plugin 1.2.3 works with Scrapy 2.16-2.19; fail with 2.13: raised-value-error"
    start = lines.index("````")
    assert "ValueError" in lines[start + 1]
    assert "````" in lines[start + 2 : start + 5]


def test_a_table_has_a_row_for_each_range_of_releases(measured: tuple[TriedTarget, TargetAnswer]) -> None:
    tried, found = measured
    lines = emitted("readme", tried, replace(found, works="2.16-2.19")).splitlines()
    assert lines[0] == "![Scrapy 2.16-2.19](https://img.shields.io/badge/Scrapy-2.16--2.19-brightgreen)"
    assert lines[4].startswith("| 2.16-2.19 | ✓ pass |"), lines


@pytest.mark.index
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nox_runs_what_is_written(measured: tuple[TriedTarget, TargetAnswer]) -> None:
    tried, _ = measured
    folder = Path(tried.read.command[1])
    (folder / "noxfile.py").write_text(emitted("nox", *measured), encoding="utf-8")
    session = f"compat(python='{live.HERE}', scrapy='2.19.0')"
    nox = [sys.executable, "-m", "nox", "--non-interactive", "-f", str(folder / "noxfile.py"), "--session", session]
    done = subprocess.run(nox, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout + done.stderr


@pytest.mark.index
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_tox_runs_what_is_written(measured: tuple[TriedTarget, TargetAnswer]) -> None:
    tried, _ = measured
    folder = Path(tried.read.command[1])
    (folder / "tox.ini").write_text(emitted("tox", *measured), encoding="utf-8")
    tox = ["tool", "run", "--python", sys.executable, "tox", "run", "-e", f"py{live.HERE.replace('.', '')}-scrapy2190"]
    done = run_uv(tox, cwd=folder, deadline=250)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
