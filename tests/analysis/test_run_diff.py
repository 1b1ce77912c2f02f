"""harness.analysis.run_diff: what differs between two runs, by class and in ranges."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from harness.analysis.change_factors import RunSide
from harness.analysis.package_changes import PackageChange
from harness.analysis.run_diff import Change, Diff, compare
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from tests.support.known_cells import EVERY, known, runs

MIRRORED = {
    Change.REGRESSED: Change.FIXED,
    Change.FIXED: Change.REGRESSED,
    Change.UNRUNNABLE: Change.RUNNABLE,
    Change.RUNNABLE: Change.UNRUNNABLE,
    Change.NEW: Change.GONE,
    Change.GONE: Change.NEW,
}
slowly = settings(deadline=None, max_examples=40)
ENVIRONMENT = "linux-py3.12-scrapy2.13.4-era"
AT = CellCoordinates("linux", "3.12", "2.13.4", "era", "epoll", "callback_fired", "direct")


def side(cells: list[KnownCell], versions: dict[str, dict[str, str]] | None = None) -> RunSide:
    return RunSide(name="a run", cells=cells, versions=versions or {})


def unfolded(diff: Diff) -> list[tuple[object, ...]]:
    return sorted(
        ((cell, found.change, found.before, found.after) for found in diff.ranges
         for cell in diff.grid.unfold(found.block)), key=str,
    )  # fmt: skip


def change(before: KnownCell | None, after: KnownCell | None) -> Change | None:
    found = compare(side([before] if before else []), side([after] if after else [])).ranges
    return found[0].change if found else None


@slowly
@given(runs)
def test_a_run_differs_in_nothing_from_itself(cells: list[KnownCell]) -> None:
    diff = compare(side(cells), side(cells))
    assert (diff.ranges, diff.packages, diff.equal) == ((), (), len(cells))


@pytest.mark.slow
@slowly
@given(runs, runs)
def test_the_difference_the_other_way_round_is_the_mirror_image(some: list[KnownCell], others: list[KnownCell]) -> None:
    there, back = compare(side(some), side(others)), compare(side(others), side(some))
    mirrored = [
        (cell, MIRRORED.get(change, change), after, before)
        for cell, change, before, after in unfolded(back)
        if isinstance(change, Change)
    ]
    assert unfolded(there) == sorted(mirrored, key=str)
    assert there.equal == back.equal


@pytest.mark.slow
@slowly
@given(runs, runs)
def test_every_cell_is_in_one_range_or_equal(some: list[KnownCell], others: list[KnownCell]) -> None:
    diff = compare(side(some), side(others))
    cells = [cell for cell, *_ in unfolded(diff)]
    assert len(cells) == len(set(cells)) == sum(diff.counts.values())
    assert len(cells) + diff.equal == len({cell.at for cell in (*some, *others)})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((Outcome.PASS,), (Outcome.FAIL, "wrong-value"), Change.REGRESSED),
        ((Outcome.HANG, "never-resumed"), (Outcome.PASS,), Change.FIXED),
        ((Outcome.FAIL, "wrong-value"), (Outcome.FAIL, "no-value"), Change.MECHANISM),
        ((Outcome.FAIL, "no-value"), (Outcome.HANG, "no-value"), Change.MECHANISM),
        ((Outcome.FAIL, "no-value"), (Outcome.MISCONFIGURED, "loop-not-as-asked"), Change.MECHANISM),
        ((Outcome.PASS,), (Outcome.BROKEN,), Change.UNRUNNABLE),
        ((Outcome.UNSUPPORTED,), (Outcome.FAIL, "no-value"), Change.RUNNABLE),
        ((Outcome.PASS, None, "uvloop.Loop"), (Outcome.PASS, None, "rloop.Loop"), Change.FACTS),
        ((Outcome.PASS, None, "uvloop.Loop"), (Outcome.PASS, None, "uvloop.Loop"), None),
    ],
)
def test_what_became_of_a_cell_has_a_class(
    before: tuple[Outcome], after: tuple[Outcome], expected: Change | None
) -> None:
    assert change(known(AT, *before), known(AT, *after)) == expected


def test_a_failing_cell_that_is_no_longer_there_is_no_regression() -> None:
    assert change(known(AT, Outcome.FAIL, "no-value"), None) == Change.GONE
    assert change(None, known(AT, Outcome.FAIL, "no-value")) == Change.NEW


def test_many_cells_that_changed_alike_are_one_range() -> None:
    after = [known(at, Outcome.FAIL if at.lane == "epoll" else Outcome.PASS) for at in EVERY]
    (found,) = compare(side([known(at, Outcome.PASS) for at in EVERY]), side(after)).ranges
    assert found.cells == len(EVERY) // 3
    assert found.block.of("lane") == ("epoll",)


def test_packages_that_differ_stand_beside_the_range_and_in_a_list() -> None:
    versions = {"twisted": "25.5.0", "lxml": "6.0.0"}
    old = side([known(AT, Outcome.PASS)], {ENVIRONMENT: versions})
    new = side([known(AT, Outcome.FAIL)], {ENVIRONMENT: versions | {"twisted": "26.4.0", "zope": "1"}})
    diff = compare(old, new)
    changes = (PackageChange("twisted", "25.5.0", "26.4.0"), PackageChange("zope", None, "1"))
    assert diff.ranges[0].packages == changes
    assert [(found.package, found.environments) for found in diff.packages] == [(each, 1) for each in changes]


def test_an_environment_that_could_not_be_installed_has_no_packages_to_differ() -> None:
    old = side([known(AT, Outcome.PASS)], {ENVIRONMENT: {"twisted": "25.5.0"}})
    assert compare(old, side([known(AT, Outcome.UNINSTALLABLE)], {ENVIRONMENT: {}})).packages == ()


def test_a_python_that_was_only_built_again_does_not_differ() -> None:
    def builds(before: str, after: str) -> int:
        texts = ({ENVIRONMENT: {"python_build": each}} for each in (before, after))
        return len(compare(*(side([known(AT, Outcome.PASS)], each) for each in texts)).packages)

    assert builds("3.12.1 (main, Nov 1 2026) [GCC 12.2.0]", "3.12.1 (main, Nov 9 2026) [GCC 13.1.0]") == 0
    assert builds("3.12.1 (main, Nov 1 2026) [GCC 12.2.0]", "3.12.2 (main, Nov 9 2026) [GCC 12.2.0]") == 1
    assert builds("3.11.13 (x) [PyPy 7.3.19 with GCC]", "3.11.13 (y) [PyPy 7.3.20 with GCC]") == 1
