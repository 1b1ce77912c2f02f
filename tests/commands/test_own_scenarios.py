"""Scenarios of users: the page that tells about them, what `new` writes, and plugins, in real environments."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import live
from tests.support.command_runs import place, scrapy_compat  # noqa: F401  (the fixture is asked for by name)

pytestmark = pytest.mark.index

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8").replace("3.12", live.HERE)
SMALL = ["--plan", "full", "--python", live.HERE, "--scrapy", "2.19.0", "--profile", "latest"]

ASKED_OF_REQUESTS = '''"""A plugin that is not on the path but required."""

from kit.scenario import Scenario


class Required(Scenario):
    helpers = ()
    lanes = ["epoll"]
    requires = ["{requirement}"]

    async def parse(self, response):
        self.cell.entered()
        from signing import signature

        return self.arrived(signature())
'''
RUNS_A_COMMAND = '''"""A program with an option named `scrapy` runs a command of that name."""

from kit.program import Program


class OwnProgram(Program):
    helpers = ()
    lanes = ["epoll"]
    scrapy = ">=2.10"
    expected = ["made"]

    def main(self):
        self.run_scrapy("startproject", "project")
        self.note("made")
'''
BREAKS = '''"""An extension beside the scenario raises in a handler that Scrapy only logs."""

from kit.place import Place


class Breaks(Place):
    helpers = ()
    lanes = ["epoll"]
    each = True
    custom_settings = {"EXTENSIONS": {"_extension.Extension": 1}}
'''
EXTENSION = """from scrapy import signals


class Extension:
    @classmethod
    def from_crawler(cls, crawler):
        extension = cls()
        crawler.signals.connect(extension.opened, signals.spider_opened)
        return extension

    def opened(self, spider):
        raise LookupError("where is it?")
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", PAGE)


def written_files(folder: Path) -> dict[str, Path]:
    """The files of the page, written below `folder`, by name."""
    files = {}
    for name, text in re.findall(r"(?ms)^`([\w/]+\.py)`:\n\n```python\n(.*?)^```$", PAGE):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        files[path.name] = path
    return files


def commands() -> list[list[str]]:
    """The arguments of the commands on the page."""
    (block,) = blocks("console")
    return [shlex.split(line)[2:] for line in block.splitlines() if line.startswith("$ scrapy-compat ")]


def outcomes(place: Path, *arguments: str) -> dict[str, tuple[str, str | None]]:  # noqa: F811
    lines = scrapy_compat(place, "cells", "--format", "json", *arguments).stdout.splitlines()
    return {cell["cell"]: (cell["outcome"], cell["mechanism"]) for cell in map(json.loads, lines)}


def test_the_page_tells_what_its_example_does_and_how_it_is_mended(place: Path) -> None:  # noqa: F811
    files = written_files(place)
    signing = {"_signing.py", "signing_requests.py", "signing_token.py", "signing_script.py"}
    assert set(files) == {*signing, "own_server.py"}
    run, cells = commands()
    done = scrapy_compat(place, *run)
    assert done.returncode == 0, done.stdout + done.stderr
    before = outcomes(place, *cells[1:])
    (told,) = blocks("text")
    for line in told.splitlines():
        outcome, cell, mechanism = [*line.split(), None][:3]
        assert before[cell] == (outcome, mechanism)
    shown = scrapy_compat(
        place, "show", next(cell for cell in before if "asyncio-default/signing_requests" in cell)
    ).stdout
    assert 'File "<scenarios>/_signing.py"' in shown
    assert "scrapy-compat run --scenarios my_scenarios --cell linux-" in shown
    (mending,) = blocks("diff")
    text = files["_signing.py"].read_text(encoding="utf-8")
    for hunk in mending.split("@@\n"):
        old, new = (
            "".join(line[1:] for line in hunk.splitlines(keepends=True) if line[0] in kept) for kept in (" -", " +")
        )
        assert text.count(old) == 1
        text = text.replace(old, new)
    files["_signing.py"].write_text(text, encoding="utf-8")
    done = scrapy_compat(place, *run)
    assert f"{len([cell for cell in before.values() if cell[0] != 'unsupported'])} cells run" in done.stdout
    after = outcomes(place, *cells[1:])
    changed = {cell: after[cell] for cell in before if after[cell] != before[cell]}
    assert all("/signing_requests/" in cell or "/signing_script/" in cell for cell in changed)
    mended = [outcome for cell, outcome in after.items() if cell.endswith("/none")]
    assert mended == [("pass", None)] * 5


def test_a_scenario_with_a_server_of_its_own_and_an_option_named_as_a_command_pass(place: Path) -> None:  # noqa: F811
    folder = written_files(place)["own_server.py"].parent
    (folder / "own_program.py").write_text(RUNS_A_COMMAND, encoding="utf-8")
    done = scrapy_compat(place, "run", *SMALL, "--scenarios", "my_scenarios", "--scenario", "own_*", "--lane", "epoll")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {cell.split("/")[2]: outcome for cell, outcome in outcomes(place).items()} == {
        "own_server": ("pass", None),
        "own_program": ("pass", None),
    }


def test_what_new_writes_passes_in_every_lane(place: Path) -> None:  # noqa: F811
    for kind in ("callback", "place", "program"):
        assert scrapy_compat(place, "new", f"my_{kind}", "--kind", kind).returncode == 0
    done = scrapy_compat(place, "run", *SMALL, "--scenarios", "scenarios", "--scenario", "my_*")
    assert done.returncode == 0, done.stdout + done.stderr
    found = outcomes(place)
    assert {cell.split("/")[2] for cell in found} == {"my_callback", "my_place", "my_program"}
    assert {outcome for outcome in found.values() if outcome[0] != "uninstallable"} == {("pass", None)}


def test_a_cell_of_a_user_is_run_again_with_the_command_that_show_prints(place: Path) -> None:  # noqa: F811
    scrapy_compat(place, "new", "my_callback", "--in", "my own")
    chosen = ["--lane", "epoll", "--scenario", "my_callback", "--scenarios", "my own"]
    scrapy_compat(place, "run", *SMALL, *chosen)
    (cell,) = outcomes(place)
    (command,) = re.findall(r"(?m)^scrapy-compat (run .*)$", scrapy_compat(place, "show", cell).stdout)
    again = scrapy_compat(place, *shlex.split(command))
    assert again.returncode == 0, again.stderr
    assert "1 cells run" in again.stdout
    report = scrapy_compat(place, "report", "--out", "reports")
    assert report.returncode == 0, report.stderr
    assert f"scrapy-compat {command}\n" in (place / "reports" / "matrix.md").read_text()


def test_a_required_plugin_is_installed_beside_the_environment_and_again_when_it_changes(place: Path) -> None:  # noqa: F811
    project = place / "signing"
    project.mkdir()
    (project / "signing.py").write_text("def signature():\n    return 'value'\n")
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "signing-plugin"\nversion = "1.0"\n'
        '[tool.hatch.build.targets.wheel]\ninclude = ["signing.py"]\n'
    )
    (place / "mine").mkdir()
    requirement = f"signing-plugin @ {project.as_uri()}"
    (place / "mine" / "required.py").write_text(ASKED_OF_REQUESTS.format(requirement=requirement))
    run = ["run", *SMALL, "--scenarios", "mine", "--scenario", "required"]
    done = scrapy_compat(place, *run)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(outcomes(place).values()) == {("pass", None)}
    (project / "signing.py").write_text("def signature():\n    return 'another'\n")
    assert "1 cells run" in scrapy_compat(place, *run).stdout
    assert set(outcomes(place).values()) == {("fail", "wrong-value")}


def test_an_error_in_code_beside_a_scenario_is_told_although_scrapy_only_logs_it(place: Path) -> None:  # noqa: F811
    (place / "mine").mkdir()
    (place / "mine" / "breaks.py").write_text(BREAKS)
    (place / "mine" / "_extension.py").write_text(EXTENSION)
    scrapy_compat(place, "run", *SMALL, "--scenarios", "mine", "--scenario", "breaks")
    assert set(outcomes(place).values()) == {("fail", "raised-lookup-error")}


def test_nox_hands_the_folder_on(place: Path) -> None:  # noqa: F811
    scrapy_compat(place, "new", "my_callback", "--in", "mine")
    chosen = ["--scenarios", place / "mine", "--scenario", "my_callback", "--lane", "epoll", "--state", place / "state"]
    nox = [sys.executable, "-m", "nox", "--noxfile", ROOT / "noxfile.py", "--envdir", place / "nox", "-s", "matrix"]
    done = subprocess.run(
        [*nox, "--", *SMALL, *chosen], cwd=place, capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(outcomes(place, "--state", "state").values()) == {("pass", None)}
