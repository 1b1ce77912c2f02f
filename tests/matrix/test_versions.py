from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from harness.matrix.versions import VersionPattern, VersionRange, any_matches, parse_patterns


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("2.13", "2.13.4 2.13.0 2.13.0.dev1", "2.1.0 2.14.0"),
        ("2.1", "2.1.0", "2.13.4"),
        ("2.13.*", "2.13.4", "2.12.0"),
        ("2.13.4", "2.13.4", "2.13.3"),
        ("2", "2.0.1 2.19.0", "3.0.0"),
        ("<=2.13", "2.13.4 2.12.0", "2.14.2"),
        (">2.13", "2.14.2", "2.13.4"),
        ("==2.13", "2.13.4", "2.12.0"),
        ("!=2.13", "2.12.0", "2.13.4"),
        ("<=2.13.3", "2.13.3", "2.13.4"),
        (">=2.4,<2.9", "2.4.1 2.8.0", "2.9.0 2.3.0"),
        (">=2.15", "2.15.0.dev0", "2.14.2"),
    ],
)
def test_a_comparison_is_as_precise_as_it_is_written(text: str, inside: str, outside: str) -> None:
    assert all(VersionRange(text).contains(Version(version)) for version in inside.split())
    assert not any(VersionRange(text).contains(Version(version)) for version in outside.split())


@given(st.integers(0, 30), st.integers(0, 9), st.integers(0, 30))
def test_every_version_is_on_one_side_of_every_minor(minor: int, patch: int, other: int) -> None:
    version = Version(f"2.{minor}.{patch}")
    sides = [VersionRange(f"{operator}2.{other}").contains(version) for operator in ("<", "==", ">")]
    assert sides.count(True) == 1
    assert VersionRange(f"2.{other}").contains(version) == sides[1]


@pytest.mark.parametrize("text", ["", "=>2", "2.x", "2..1", ">=2,,<3", "v2"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is neither a version nor a comparison"):
        VersionRange(text)


def test_neighbouring_comparisons_are_one_range_and_bare_versions_stand_alone() -> None:
    assert [p.text for p in parse_patterns([">=2.4,<2.9"])] == [">=2.4,<2.9"]
    assert [p.text for p in parse_patterns(["3.10,3.12"])] == ["3.10", "3.12"]
    assert [p.text for p in parse_patterns(["2.4, >=2.11, <2.13,main"])] == ["2.4", ">=2.11,<2.13", "main"]
    assert [p.text for p in parse_patterns([">=2.18", "<2.2"])] == [">=2.18", "<2.2"]


def test_ranges_never_select_what_has_no_version() -> None:
    assert not VersionPattern.parse("3.11").matches("pypy3.11", None)
    assert VersionPattern.parse("pypy*").matches("pypy3.11", None)
    assert VersionPattern.parse("*").matches("3.11", Version("3.11"))
    assert any_matches((), "anything", None)
