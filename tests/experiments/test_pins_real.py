"""Pins of a real old Scrapy, found with the package index."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import venv
from dataclasses import replace
from pathlib import Path

import pytest

from harness.commands.pins import PinOptions, run_pins
from harness.experiments.pins.constraint_files import write_constraint_file
from harness.experiments.pins.pair_searches import PairDone
from harness.infra import resources
from harness.infra.resources import matrix_file, scenarios_dir
from harness.matrix.load import load_matrix
from harness.matrix.pin_sets import PinState
from harness.matrix.pins_file import read_pins
from tests.support.live import HERE


@pytest.mark.index
@pytest.mark.timeout(1800)
def test_scrapy_2_11_needs_twisted_and_w3lib_held_back_and_is_known_after_that(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    matrix = tmp_path / "matrix.toml"
    shutil.copy(matrix_file(), matrix)
    options = PinOptions(
        scrapys=("2.11.2",),
        pythons=(HERE,),
        every=False,
        jobs=1,
        fresh=False,
        deadline=10.0,
        reports=tmp_path,
        matrix=matrix,
        scenarios=(),
    )
    told: list[PairDone] = []
    assert run_pins(options, told.append) == {}
    first = told.pop()
    assert first.pins.state is PinState.HELD_BACK
    held = {pin.requirement: pin for pin in first.pins.pins}
    assert held.keys() >= {"twisted<26.4.0", "w3lib<2.5.0"}
    assert "_setAcceptableProtocols" in held["twisted<26.4.0"].error
    assert "_safe_chars" in held["w3lib<2.5.0"].error
    assert load_matrix(matrix).pins["2.11.2", HERE] == first.pins
    assert run_pins(options, told.append) == {}
    again = told.pop()
    assert (again.known, again.trials, again.pins) == (True, 0, first.pins)


@pytest.mark.index
@pytest.mark.timeout(600)
def test_with_its_constraint_file_the_command_of_an_old_scrapy_works_in_a_venv_that_pip_fills(tmp_path: Path) -> None:
    pins = load_matrix(matrix_file()).pins["2.5.1", HERE]
    file = write_constraint_file(pins, tmp_path)
    venv.create(tmp_path / "venv", with_pip=True)
    # As the file itself says it.
    line = next(line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("# pip install"))
    programs = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")

    def said(*command: str, folder: Path = file.parent) -> str:
        program = str(programs / command[0])
        done = subprocess.run(
            [program, *command[1:]], check=True, cwd=folder, stdout=subprocess.PIPE, text=True, timeout=300
        )
        return done.stdout

    said(*shlex.split(line.removeprefix("# ")), "--quiet")
    assert said("scrapy", "version") == "Scrapy 2.5.1\n"
    said("scrapy", "startproject", "project", str(tmp_path / "project"))
    spider = "import scrapy\nclass My(scrapy.Spider):\n    name = 'my'\n    start_urls = ['data:,']\n"
    spider += "    def parse(self, response):\n        yield {'url': response.url}\n"
    (tmp_path / "project" / "project" / "spiders" / "my.py").write_text(spider, encoding="utf-8")
    assert said("scrapy", "list", folder=tmp_path / "project") == "my\n"
    said("scrapy", "crawl", "my", "-o", "items.json", folder=tmp_path / "project")
    assert json.loads((tmp_path / "project" / "items.json").read_text(encoding="utf-8")) == [{"url": "data:,"}]


@pytest.mark.index
@pytest.mark.timeout(1800)
def test_a_patch_release_is_found_without_a_matrix_of_ones_own_and_kept_in_the_users_folder(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    learned = tmp_path / "state" / "pins.toml"
    monkeypatch.setattr(resources, "learned_pins_file", lambda: learned)
    monkeypatch.chdir(tmp_path)
    shipped = (matrix_file().parent / "pins.toml").read_bytes()
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(scenarios_dir() / "callback_fired.py", own / "own_question.py")
    options = PinOptions(
        scrapys=("2.13.3",),
        pythons=(HERE,),
        every=False,
        jobs=1,
        fresh=False,
        deadline=10.0,
        reports=tmp_path,
        matrix=None,
        scenarios=(own,),
    )
    told: list[PairDone] = []
    assert run_pins(options, told.append) == {}
    # With scenarios of one's own it is another question.
    assert not learned.exists()
    assert run_pins(replace(options, scenarios=()), told.append) == {}
    assert [each.pins.pins for each in told] == [told[0].pins.pins] * 2
    assert {each.pins.state for each in told} <= {PinState.NOTHING_NEEDED, PinState.HELD_BACK}
    assert list(read_pins(learned)) == [("2.13.3", HERE)]
    assert (matrix_file().parent / "pins.toml").read_bytes() == shipped
