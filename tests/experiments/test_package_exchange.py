"""Exchanging packages: what was planted is found, one or two together, with few trials."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.experiments.package_exchange import ExchangeTrial, search_exchange
from harness.model.outcome import Outcome

PACKAGES = [f"package-{number}" for number in range(32)]
planted = st.sets(st.sampled_from(PACKAGES), min_size=1, max_size=2)


def trial(exchanged: frozenset[str], wanted: set[str], *, named: bool) -> ExchangeTrial:
    """Each package that is not exchanged stops the cell with an error of its own, which may name it."""
    missing = sorted(wanted - exchanged)
    return ExchangeTrial(
        exchanged=tuple(sorted(exchanged)),
        outcome=Outcome.FAIL if missing else Outcome.PASS,
        mechanism=missing[0] if missing else None,
        detail=None,
        suspects=("innocent", PACKAGES[0], missing[0]) if missing and named else (),
    )


@given(planted)
def test_what_errors_name_is_found_with_few_trials(wanted: set[str]) -> None:
    found = search_exchange(PACKAGES, lambda exchanged: trial(exchanged, wanted, named=True))
    assert set(found.needed) == wanted
    assert len(found.tried) <= 8
    assert all(found.with_only(package) is not None for package in wanted)


@given(planted)
def test_without_a_name_halves_are_tried(wanted: set[str]) -> None:
    found = search_exchange(PACKAGES, lambda exchanged: trial(exchanged, wanted, named=False))
    assert set(found.needed) == wanted
    assert len(found.tried) <= 40
    assert [each.exchanged for each in found.tried].count(()) == 1


def test_where_no_exchange_helps_that_is_said() -> None:
    found = search_exchange(PACKAGES, lambda exchanged: trial(exchanged, {"python"}, named=False))
    assert found.needed == ()
    assert len(found.tried) == 2


def test_a_package_that_only_changes_the_error_is_not_needed_where_another_alone_is_enough() -> None:
    def run(exchanged: frozenset[str]) -> ExchangeTrial:
        passes = "package-2" in exchanged
        mechanism = None if passes else f"with {sorted(exchanged)}"
        suspects = ("package-1", "package-2")
        outcome = Outcome.PASS if passes else Outcome.FAIL
        return ExchangeTrial(
            exchanged=tuple(sorted(exchanged)), outcome=outcome, mechanism=mechanism, detail=None, suspects=suspects
        )

    assert search_exchange(PACKAGES, run).needed == ("package-2",)
