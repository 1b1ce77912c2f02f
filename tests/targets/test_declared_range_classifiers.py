"""The Pythons that classifiers name, held against what was measured."""

from __future__ import annotations

from pathlib import Path

from harness.model.outcome import Outcome
from harness.targets.declarations import Declarations, read_declarations
from harness.targets.declared_range import declared_ranges
from harness.targets.settings import TargetSettings

P, F, U = Outcome.PASS, Outcome.FAIL, Outcome.UNINSTALLABLE


def classified(folder: Path, *pythons: str) -> Declarations:
    lines = "".join(f'"Programming Language :: Python :: {each}", ' for each in ("3", *pythons))
    (folder / "pyproject.toml").write_text(f'[project]\nname = "it"\nclassifiers = [{lines}]\n')
    return read_declarations(folder, TargetSettings(), asked="it", called="it")


def test_a_python_that_a_classifier_names_and_that_fails_is_told(tmp_path: Path) -> None:
    *_, found = declared_ranges(classified(tmp_path, "3.9", "3.12"), {"3.9": F, "3.12": P}, {}, {})
    assert (found.axis, found.declared, found.fails) == ("Python classifiers", "3.9, 3.12", "3.9")
    assert (found.undeclared, found.bears) == ("", "")
    assert found.place == "pyproject.toml: project.classifiers"


def test_a_python_that_works_and_that_no_classifier_names_is_told(tmp_path: Path) -> None:
    *_, found = declared_ranges(classified(tmp_path, "3.12"), {"3.12": P, "3.13": P, "3.14": U}, {}, {})
    assert (found.fails, found.undeclared, found.agrees) == ("", "3.13", False)


def test_of_a_python_that_was_not_tried_nothing_is_claimed(tmp_path: Path) -> None:
    *_, found = declared_ranges(classified(tmp_path, "3.12", "3.13", "3.14"), {"3.12": P, "3.13": None}, {}, {})
    assert (found.agrees, found.unproven) == (True, "3.13")


def test_without_classifiers_there_is_no_such_range(tmp_path: Path) -> None:
    assert [each.axis for each in declared_ranges(classified(tmp_path), {"3.12": P}, {}, {})] == ["Python", "Scrapy"]


def test_classifiers_are_found_in_setup_cfg(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text(
        "[metadata]\nname = it\nclassifiers =\n    Programming Language :: Python :: 3.12\n"
    )
    declared = read_declarations(tmp_path, TargetSettings(), asked="it", called="it")
    assert declared.read_from["classifiers"] == "setup.cfg: metadata.classifiers"
