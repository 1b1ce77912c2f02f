"""What a target declares, held against what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from harness.model.outcome import Outcome
from harness.targets.declarations import Declarations, read_declarations
from harness.targets.declared_range import DeclaredRange, declared_ranges
from harness.targets.settings import TargetSettings

P, F, U = Outcome.PASS, Outcome.FAIL, Outcome.UNINSTALLABLE
RELEASES = [f"2.{minor}" for minor in range(20)]


def declaring(folder: Path, scrapy: str = "", python: str = "") -> Declarations:
    text = f'[project]\nname = "it"\ndependencies = ["scrapy{scrapy}"]\nrequires-python = "{python}"\n'
    (folder / "pyproject.toml").write_text(text)
    return read_declarations(folder, TargetSettings(), asked="it", called="it")


def scrapy_range(folder: Path, declared: str, patch: str = "0", **outcomes: Outcome | None) -> DeclaredRange:
    releases = {name.removeprefix("v").replace("_", "."): outcome for name, outcome in outcomes.items()}
    exact = {label: f"{label}.{patch}" for label in releases}
    return declared_ranges(declaring(folder, declared), {}, releases, exact)[1]


def test_a_release_that_is_declared_and_fails_is_named_with_what_the_measurements_leave(tmp_path: Path) -> None:
    found = scrapy_range(tmp_path, ">=2.6", v2_6=F, v2_8=F, v2_13=P, v2_19=P)
    assert (found.fails, found.undeclared, found.bears) == ("2.6-2.8", "", ">=2.13")
    assert found.place == "pyproject.toml: project.dependencies"


def test_an_upper_end_is_the_first_release_that_fails(tmp_path: Path) -> None:
    assert scrapy_range(tmp_path, "", v2_13=P, v2_15=P, v2_16=F, v2_19=F).bears == "<2.16"


def test_a_hole_leaves_no_range(tmp_path: Path) -> None:
    found = scrapy_range(tmp_path, "", v2_13=P, v2_15=F, v2_19=P)
    assert (found.fails, found.bears) == ("2.15", "")


def test_what_works_beyond_what_is_declared_is_told(tmp_path: Path) -> None:
    found = scrapy_range(tmp_path, ">=2.13", v2_12=P, v2_13=P)
    assert (found.undeclared, found.agrees) == ("2.12", False)


def test_of_what_cannot_be_installed_beside_the_target_nothing_is_said(tmp_path: Path) -> None:
    found = scrapy_range(tmp_path, ">=2.13", v2_12=U, v2_13=P, v2_14=None)
    assert (found.agrees, found.unproven) == (True, "2.14")


@pytest.mark.parametrize(
    ("declared", "fails"),
    [
        ("==2.13.*", "2.13"),
        (">=2.13.4", "2.13"),
        ("==2.13.4", "2.13"),
        ("<2.13", ""),
        (">=2.13.5", ""),
        ("<2.13.4", ""),
    ],
)
def test_a_minor_counts_as_the_patch_that_was_measured(tmp_path: Path, declared: str, fails: str) -> None:
    assert scrapy_range(tmp_path, declared, patch="4", v2_12=P, v2_13=F).fails == fails


def test_a_python_is_held_against_requires_python(tmp_path: Path) -> None:
    declared = declaring(tmp_path, python=">=3.9")
    python, _ = declared_ranges(declared, {"3.8": P, "3.9": F, "3.12": P}, {}, {})
    assert (python.declared, python.fails, python.undeclared, python.bears) == (">=3.9", "3.9", "3.8", "")


@given(st.lists(st.sampled_from([P, F]), min_size=len(RELEASES), max_size=len(RELEASES)))
def test_what_the_measurements_leave_has_all_that_works_and_nothing_that_fails(outcomes: list[Outcome]) -> None:
    declared = read_declarations_once()
    _, found = declared_ranges(
        declared, {}, dict(zip(RELEASES, outcomes, strict=True)), {each: each for each in RELEASES}
    )
    if found.bears:
        left = SpecifierSet(found.bears)
        assert [left.contains(release) for release in RELEASES] == [outcome is P for outcome in outcomes]


def read_declarations_once() -> Declarations:
    return Declarations(
        name="it", version=None, requires_python=SpecifierSet(), classifiers=(), scrapy=SpecifierSet(),
        test_requirements=(), arguments=(), environment={}, has_tests=False,
    )  # fmt: skip
