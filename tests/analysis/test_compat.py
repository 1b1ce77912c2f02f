"""reports/compat.json: from which release on something works, and what is not known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.boundary_pairs import BoundaryAnswer, BoundaryPair, boundary_pair
from harness.analysis.compat import Statement, compat
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.render.compat_json import SCHEMA
from harness.render.formats import FORMATS
from harness.render.report_subject import Subject
from tests.support.known_cells import known
from tests.support.synthetic import make_plan
from tests.support.views import view_of

RELEASES = ("2.4.1", "2.5.1", "2.6.3", "2.7.1", "2.8.0")
P, F, U, B = Outcome.PASS, Outcome.FAIL, Outcome.UNSUPPORTED, Outcome.BROKEN


OLDEST = BoundaryPair(answer=BoundaryAnswer.NONE_TRIED_BEFORE)


def cell(
    release: str, outcome: Outcome, scenario: str = "callback_fired", helper: str = "direct", python: str = "3.8"
) -> KnownCell:
    at = CellCoordinates("linux", python, release, "latest", "epoll", scenario, helper)
    return known(at, outcome, {F: "wrong-value", U: "helper-missing"}.get(outcome))


def said(outcomes: tuple[Outcome, ...], more: Mapping[str, Outcome] | None = None) -> list[Statement]:
    """What is said of `direct` that did so in the five releases, and in another scenario `more`."""
    cells = [cell(release, outcome) for release, outcome in zip(RELEASES, outcomes, strict=True)]
    cells += [cell(release, outcome, "callback_nested") for release, outcome in (more or {}).items()]
    # Another helper that always works, so that nothing is hopeless.
    cells += [cell(found.at.scrapy, P, found.at.scenario, "as_future") for found in cells if found.outcome != B]
    return compat(cells).helpers["direct"]["epoll"]["linux"]


def test_what_works_since_a_release_and_not_before_says_which() -> None:
    shown = BoundaryPair(
        answer=BoundaryAnswer.PAIR, passes=cell("2.6.3", P).at.key.id, fails=cell("2.5.1", U).at.key.id
    )
    assert said((U, U, P, P, P)) == [Statement(version_added="2.6", notes=("2.5: helper-missing",), added_by=shown)]


def test_what_no_longer_works_says_since_when() -> None:
    (found,) = said((P, P, P, F, F))
    assert (found.version_added, found.version_removed, found.notes) == ("≤2.4", "2.7", ("2.7: wrong-value",))


def test_what_could_not_be_tried_is_a_named_gap_and_no_no() -> None:
    (found,) = said((U, B, P, P, P))
    assert (found.version_added, found.untested) == ("≤2.6", "2.5")
    (found,) = said((P, P, B, P, B))
    assert (found.version_added, found.version_removed, found.untested) == ("≤2.4", None, "2.6, 2.8")
    (found,) = said((P, P, B, F, F))
    assert (found.version_removed, found.untested) == ("≤2.7", "2.6")


def test_never_and_unknown_are_two_things() -> None:
    assert said((F, F, F, B, B)) == [Statement(version_added=False, untested="2.7-2.8", notes=("wrong-value",))]
    assert said((B,) * 5) == [Statement(version_added=None, untested="2.4-2.8")]


def test_what_works_in_part_says_where_it_does_not_and_the_latest_comes_first() -> None:
    latest, earlier = said((P, P, P, P, P), {**dict.fromkeys(RELEASES[:3], P), "2.7.1": F, "2.8.0": F})
    assert (latest.version_added, latest.partial, latest.notes) == ("2.7", True, ("wrong-value in callback_nested",))
    assert (earlier.version_added, earlier.version_removed, earlier.partial) == ("≤2.4", "2.7", False)


def test_a_release_that_was_asked_less_is_no_change() -> None:
    (found,) = said((P, P, P, P, P), {"2.4.1": F, "2.8.0": F})
    assert (found.version_added, found.version_removed, found.partial) == ("≤2.4", None, True)
    assert found.notes == ("wrong-value in callback_nested",)


def test_a_question_that_no_helper_answers_is_held_against_none_of_them() -> None:
    cells = [cell("2.6.3", P), cell("2.6.3", F, "callback_shared"), cell("2.6.3", F, "callback_shared", "as_future")]
    found = compat(cells)
    assert found.left_out == {"callback_shared": 2}
    assert found.helpers["direct"]["epoll"]["linux"] == [Statement(version_added="≤2.6", added_by=OLDEST)]
    assert found.places["callback_shared"]["epoll"]["linux"][0].version_added is False


def test_a_place_works_where_some_helper_does_and_says_which_always_do() -> None:
    found = compat([cell("2.6.3", P), cell("2.6.3", F, helper="as_future"), cell("2.6.3", P, "start_x", "none")])
    assert found.places["callback_fired"]["epoll"]["linux"] == [
        Statement(version_added="≤2.6", helpers=("direct",), added_by=OLDEST)
    ]
    assert set(found.places) == {"callback_fired"}
    assert found.entries["start_x"]["epoll"]["linux"] == [Statement(version_added="≤2.6", added_by=OLDEST)]


def test_a_change_that_came_with_another_python_says_which_axis_moved_along() -> None:
    old, new = cell("2.5.1", F, python="3.6"), cell("2.6.3", P)
    cells = [old, new, cell("2.5.1", P, helper="as_future", python="3.6"), cell("2.6.3", P, helper="as_future")]
    (found,) = compat(cells).helpers["direct"]["epoll"]["linux"]
    assert found.added_by == BoundaryPair(
        answer=BoundaryAnswer.AXES_MOVED, passes=new.at.key.id, fails=old.at.key.id, moved=("python",)
    )


def test_releases_whose_packages_are_broken_show_no_change() -> None:
    (found,) = said((B, B, P, P, P))
    assert (found.version_added, found.added_by) == ("≤2.6", OLDEST)


def test_a_place_is_shown_by_a_helper_where_none_passed_before() -> None:
    cells = [
        cell("2.5.1", P),
        cell("2.5.1", F, helper="as_future"),
        cell("2.6.3", F),
        cell("2.6.3", U, helper="as_future"),
    ]
    (found,) = compat(cells).places["callback_fired"]["epoll"]["linux"]
    assert found.removed_by == BoundaryPair(
        answer=BoundaryAnswer.PAIR, passes=cells[0].at.key.id, fails=cells[2].at.key.id
    )


def test_a_release_that_fails_elsewhere_only_shows_no_flip() -> None:
    assert boundary_pair([cell("2.5.1", P)], [cell("2.6.3", P)], passes_newer=None) == BoundaryPair(
        answer=BoundaryAnswer.NO_FLIP
    )
    assert boundary_pair([cell("2.5.1", B)], [cell("2.6.3", P)], passes_newer=True).answer == BoundaryAnswer.NO_FLIP


@given(
    planted=st.integers(1, len(RELEASES) - 1),
    pythons=st.sets(st.sampled_from(("3.6", "3.7", "3.8", "3.9"))).map(sorted).filter(bool),
    upward=st.booleans(),
)
def test_a_planted_boundary_is_shown_by_two_cells_that_differ_in_scrapy_alone(
    *, planted: int, pythons: list[str], upward: bool
) -> None:
    cells = [
        cell(release, P if helper == "as_future" or (number >= planted) is upward else F, helper=helper, python=python)
        for number, release in enumerate(RELEASES)
        for python in pythons
        for helper in ("direct", "as_future")
    ]
    (found,) = compat(cells).helpers["direct"]["epoll"]["linux"]
    shown = found.added_by if upward else found.removed_by
    assert shown is not None
    assert (shown.answer, shown.moved) == (BoundaryAnswer.PAIR, ())
    older, newer = (shown.fails, shown.passes) if upward else (shown.passes, shown.fails)
    assert older.replace(RELEASES[planted - 1], RELEASES[planted]) == newer != older


def test_the_file_is_what_the_schema_says(tmp_path: Path) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    list(FORMATS["compat"].write(Subject(view=view_of(make_plan(60_000))), tmp_path))
    content = json.loads((tmp_path / "compat.json").read_bytes())
    jsonschema.Draft202012Validator(schema).validate(content)
    assert set(content["helpers"]) == {"direct", "deferred_to_future", "maybe_deferred_to_future", "ensure_awaitable",
                                       "copied_deferred_to_future", "copied_maybe_deferred_to_future",
                                       "as_future"}  # fmt: skip
