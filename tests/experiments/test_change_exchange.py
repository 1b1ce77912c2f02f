"""Exchanging the packages of two runs: those that were planted are found, and what packages did not do is said."""

from __future__ import annotations

import pytest

from harness.analysis.package_changes import PackageChange
from harness.experiments.change_exchange import ExchangedChange, ExchangeVerdict, exchange_change
from harness.experiments.package_exchange import ExchangeTrial
from harness.model.known_cells import CellCoordinates
from harness.model.outcome import Outcome

AT = CellCoordinates("linux", "3.12", "2.13.4", "latest", "epoll", "callback_fired", "direct")
PACKAGES = [PackageChange(name, "1", "2") for name in ("attrs", "lxml", "twisted", "w3lib", "zope-interface")]
GOOD: tuple[Outcome, str | None] = (Outcome.PASS, None)
BAD: tuple[Outcome, str | None] = (Outcome.FAIL, "wrong-value")
OTHER: tuple[Outcome, str | None] = (Outcome.HANG, None)


def change(
    planted: set[str],
    *,
    before: tuple[Outcome, str | None] = GOOD,
    after: tuple[Outcome, str | None] = BAD,
    today: tuple[tuple[Outcome, str | None], tuple[Outcome, str | None]] | None = None,
) -> ExchangedChange:
    """`today`: what the cell gives with the packages of A and with those of B, where that is not what the runs have."""
    ends = today or (before, after)

    def run(exchanged: frozenset[str]) -> ExchangeTrial:
        outcome, mechanism = ends[0] if planted <= exchanged else ends[1]
        return ExchangeTrial(
            exchanged=tuple(sorted(exchanged)), outcome=outcome, mechanism=mechanism, detail=None, suspects=()
        )

    return exchange_change(AT, before, after, PACKAGES, run)


@pytest.mark.parametrize("planted", [("w3lib",), ("attrs",), ("lxml", "zope-interface")], ids="-".join)
@pytest.mark.parametrize(
    ("before", "after"), [(GOOD, BAD), (BAD, GOOD), (BAD, OTHER)], ids=["broken", "mended", "else"]
)
def test_the_packages_that_were_planted_are_named_whatever_the_result_of_the_other_run(
    planted: tuple[str, ...], before: tuple[Outcome, str | None], after: tuple[Outcome, str | None]
) -> None:
    found = change(set(planted), before=before, after=after)
    assert found.verdict is ExchangeVerdict.PACKAGES
    assert {each.package for each in found.needed} == set(planted)
    assert found.tried[0].exchanged == ()


def test_what_the_packages_of_both_runs_give_was_not_the_packages() -> None:
    found = change(set(), today=(BAD, BAD))
    assert (found.verdict, found.detail) == (
        ExchangeVerdict.NOT_PACKAGES,
        "the packages of A give fail/wrong-value, too",
    )
    assert found.needed == ()


def test_what_neither_run_had_is_not_reproduced() -> None:
    of_b = change({"w3lib"}, today=(GOOD, OTHER))
    assert (of_b.verdict, of_b.detail) == (ExchangeVerdict.NOT_REPRODUCED, "the packages of B give hang today")
    of_a = change({"w3lib"}, today=(OTHER, BAD))
    assert (of_a.verdict, of_a.detail) == (ExchangeVerdict.NOT_REPRODUCED, "the packages of A give hang today")
