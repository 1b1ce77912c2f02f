"""Which environments are asked about a target where nothing is chosen."""

from __future__ import annotations

from pathlib import Path

from harness.targets.declarations import Declarations, read_declarations
from harness.targets.settings import read_settings
from harness.targets.target_plan import places_of, target_workspace
from harness.workspace import Filters
from tests.support.made_targets import PYPROJECT, make_target

HERE = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")


def declared_by(tmp_path: Path, pyproject: str) -> Declarations:
    folder = make_target(tmp_path / "plugin", {}, pyproject)
    settings = read_settings(folder, [], asked="plugin")
    return read_declarations(folder, settings, asked="plugin", called="plugin")


def test_what_is_declared_is_asked_once_and_each_python_with_the_ends_of_that(tmp_path: Path) -> None:
    pyproject = PYPROJECT.replace(">=3.8", ">=3.10").replace("scrapy>=2.6", "scrapy>=2.13,<2.17")
    declared = declared_by(tmp_path, pyproject)
    found = places_of(target_workspace(None).spec, "linux", HERE, declared, Filters())
    asked = [(place.python.key, ".".join(place.scrapy.label.split(".")[:2])) for place in found]
    assert len(asked) == len(set(asked))
    assert {scrapy for python, scrapy in asked if python == "3.13"} == {"2.12", "2.13", "2.14", "2.15", "2.16", "2.17"}
    # What cannot be installed beside the target is asked once: a Python tells nothing more of it.
    assert sum(scrapy in {"2.12", "2.17"} for _, scrapy in asked) == 2
    for python in ("3.10", "3.11", "3.12"):
        assert {scrapy for key, scrapy in asked if key == python} == {"2.13", "2.16"}
    assert {python for python, _ in asked} == {"3.9", "3.10", "3.11", "3.12", "3.13"}
