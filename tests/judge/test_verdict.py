"""harness.judge.verdict and claims: what is said of cells and of claims, checked by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.judge.baseline_file import AcceptedResult, Baseline, made_baseline
from harness.judge.claim_results import ClaimResult, ClaimVerdict, judge_cells
from harness.judge.verdict import Judge
from harness.model.known_cells import KnownCell
from harness.model.outcome import Outcome
from tests.support.claim_fixture import AWAITS, cell, claims_of

EPOLL, ASYNCIO = "epoll/callback_pending/direct", "asyncio-default/callback_pending/direct"
OTHER = "epoll/callback_pending/deferred_to_future"
OLD = "linux-py3.8-scrapy2.5.1-era/epoll/callback_pending/direct"
WINDOWS = "windows-py3.12-scrapy2.13.4-latest/epoll/callback_pending/deferred_to_future"


def accepting(*cells: KnownCell) -> Baseline:
    """A baseline that accepts just these, and is about OTHER, too."""
    accepted = {each.at: AcceptedResult(each.outcome, each.mechanism) for each in cells}
    universe = [each.at for each in map(cell, (EPOLL, ASYNCIO, OTHER, OLD))]
    return made_baseline("linux", accepted, universe, known=[*accepted, cell(OTHER).at])


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        # As the documentation says.
        (cell(EPOLL), "expected"),
        (cell(ASYNCIO, "fail", "task-got-bad-yield"), "expected"),
        # Not as it says.
        (cell(EPOLL, "fail", "wrong-value"), "unexpected"),
        (cell(EPOLL, "hang", "never-resumed"), "unexpected"),
        (cell(EPOLL, "crash", "signal-SIGSEGV"), "unexpected"),
        (cell(ASYNCIO), "unexpected"),
        (cell(ASYNCIO, "fail", "wrong-value"), "unexpected"),
        # Nothing was tried, or what was is not to be believed: nothing is promised of that.
        *((cell(EPOLL, outcome), "unclaimed") for outcome in
          ("unsupported", "broken", "uninstallable", "missing-interpreter", "excluded", "not-run", "missing",
           "conflict", "misconfigured")),
        (cell(EPOLL, "flaky"), "unexpected"),
        # The documentation says nothing: another helper, another release.
        (cell(OTHER), "unclaimed"),
        (cell(OTHER, "hang", "never-resumed"), "unclaimed"),
        (cell(OTHER, "flaky"), "unexpected"),
        (cell(OLD, "fail", "wrong-value"), "unclaimed"),
    ],
)  # fmt: skip
def test_every_outcome_has_its_verdict_by_the_claims(known: KnownCell, verdict: str, tmp_path: Path) -> None:
    assert Judge(claims_of(tmp_path, AWAITS)).verdict(known).value == verdict


@pytest.mark.parametrize(
    ("known", "accepted", "verdict"),
    [
        (cell(EPOLL, "fail", "wrong-value"), cell(EPOLL, "fail", "wrong-value"), "expected"),
        (cell(EPOLL, "fail", "no-value"), cell(EPOLL, "fail", "wrong-value"), "unexpected"),
        # What was accepted once and is as documented now is no surprise.
        (cell(EPOLL), cell(EPOLL, "fail", "wrong-value"), "expected"),
        (cell(OTHER), cell(OTHER), "expected"),
        (cell(OTHER, "fail", "wrong-value"), cell(OTHER), "unexpected"),
        (cell(OTHER, "broken", "no-module-cgi"), cell(OTHER, "broken", "no-module-cgi"), "expected"),
        (cell(OTHER, "uninstallable"), cell(OTHER), "unexpected"),
        # A cell that the baseline does not know: it does not start any more, or something new was measured.
        (cell(OTHER, "broken", "no-module-cgi"), cell(EPOLL, "flaky"), "unexpected"),
        (cell(OTHER, "fail", "wrong-value"), cell(EPOLL, "flaky"), "unclaimed"),
        # A cell that it is not about.
        (cell(OLD, "broken", "no-module-cgi"), cell(OTHER), "unclaimed"),
        (cell(OLD, "uninstallable"), cell(OTHER), "unclaimed"),
        (cell(WINDOWS, "broken", "no-module-cgi"), cell(OLD), "unclaimed"),
        # Known to be flaky: whatever comes.
        (cell(EPOLL, "fail", "wrong-value"), cell(EPOLL, "flaky"), "expected"),
        (cell(EPOLL, "flaky"), cell(EPOLL, "flaky"), "expected"),
        (cell(EPOLL, "broken"), cell(EPOLL, "flaky"), "unexpected"),
        # What is not known differs from nothing: that the run is incomplete is said elsewhere.
        *((cell(OTHER, outcome), cell(OTHER), "unclaimed") for outcome in
          ("missing-interpreter", "excluded", "not-run", "missing", "conflict")),
    ],
)  # fmt: skip
def test_the_baseline_has_a_say_where_the_claims_do_not_agree(
    known: KnownCell, accepted: KnownCell, verdict: str, tmp_path: Path
) -> None:
    judge = Judge(claims_of(tmp_path, AWAITS), {"linux": accepting(accepted)})
    assert judge.verdict(known).value == verdict


CLAIM = '[[claim]]\nid = "C01"\ntext = "x"\npage = "topics/asyncio"\nsince = "2.0"\n[[claim.expect]]\n'


@pytest.mark.parametrize(
    ("expected", "known", "claim", "verdict"),
    [
        # Which reactor runs is told by misconfigured cells, too.
        ('reactor = "*.Asyncio"', cell(EPOLL, "misconfigured", reactor="a.Asyncio"), "confirmed", "expected"),
        ('reactor = "*.Asyncio"', cell(EPOLL, "misconfigured", reactor="a.Epoll"), "refuted", "unexpected"),
        ('reactor = "none"', cell(EPOLL, reactor=None), "confirmed", "expected"),
        # That it fails there is announced by nobody.
        ('reactor = "*.Asyncio"', cell(EPOLL, "fail", "no-value", reactor="a.Asyncio"), "confirmed", "unclaimed"),
        # A process that was killed has told nothing.
        ('reactor = "*.Asyncio"', cell(EPOLL, "hang"), "unverified", "unclaimed"),
        # What must not be seen is no announcement of anything else.
        ('not = { outcome = "unsupported", mechanism = "helper-missing" }', cell(EPOLL), "confirmed", "unclaimed"),
        ('not = { outcome = "unsupported", mechanism = "helper-missing" }',
         cell(EPOLL, "unsupported", "helper-missing"), "refuted", "unexpected"),
        # Ruled out by the plan: nobody tried.
        ('not = { outcome = "unsupported", mechanism = "helper-missing" }',
         cell(EPOLL, "unsupported"), "unverified", "unclaimed"),
        ('outcome = "pass"\nnot = { outcome = "misconfigured" }',
         cell(EPOLL, "misconfigured"), "refuted", "unexpected"),
        ('outcome = ["broken", "fail"]', cell(EPOLL, "broken"), "confirmed", "expected"),
        ('outcome = "pass"\ndetail = "True"', cell(EPOLL, detail="True"), "confirmed", "expected"),
        ('outcome = "pass"\ndetail = "True"', cell(EPOLL, detail="False"), "refuted", "unexpected"),
    ],
)  # fmt: skip
def test_each_kind_of_expectation_is_about_the_cells_that_say_something(
    expected: str, known: KnownCell, claim: str, verdict: str, tmp_path: Path
) -> None:
    judge = Judge(claims_of(tmp_path, CLAIM + expected))
    judgement = judge_cells(judge, lambda: [known])
    assert (judgement.claims[0].verdict.value, judgement.verdicts[0].value) == (claim, verdict)


@pytest.mark.parametrize("mechanism", ["no-value", "no-effect-seen", "never-awaited", "effect-missing", "wrong-order"])
@pytest.mark.parametrize("expected", ['outcome = "pass"', 'outcome = "fail"', 'mechanism = "task-got-bad-yield"'])
def test_a_claim_about_awaits_is_not_about_cells_that_do_not_show_how_one_ended(
    expected: str, mechanism: str, tmp_path: Path
) -> None:
    about_awaits = CLAIM.replace("[[claim.expect]]", 'subject = "await"\n[[claim.expect]]')
    shown = cell(EPOLL, "fail", mechanism)
    for claims, verdicts in ((about_awaits, {"unverified"}), (CLAIM, {"confirmed", "refuted"})):
        judgement = judge_cells(Judge(claims_of(tmp_path, claims + expected)), lambda: [shown])
        assert judgement.claims[0].verdict.value in verdicts


def test_a_claim_about_awaits_is_about_every_cell_that_shows_how_one_ended(tmp_path: Path) -> None:
    claims = (
        CLAIM.replace("[[claim.expect]]", 'subject = "await"\n[[claim.expect]]') + 'mechanism = "task-got-bad-yield"'
    )
    for shown, verdict in (
        (cell(EPOLL), "refuted"),
        (cell(EPOLL, "fail", "wrong-value"), "refuted"),
        (cell(EPOLL, "fail", "task-got-bad-yield"), "confirmed"),
    ):
        judgement = judge_cells(Judge(claims_of(tmp_path, claims)), lambda shown=shown: [shown])
        assert judgement.claims[0].verdict.value == verdict


def results(tmp_path: Path, *cells: KnownCell) -> dict[str, ClaimResult]:
    judgement = judge_cells(Judge(claims_of(tmp_path, AWAITS)), lambda: cells)
    return {each.claim.id: each for each in judgement.claims}


def test_a_claim_is_confirmed_by_every_cell_that_says_anything(tmp_path: Path) -> None:
    found = results(tmp_path, cell(EPOLL), cell("epoll/callback_fired/direct"), cell("default/callback_fired/direct",
                    "not-run"))["D1"]  # fmt: skip
    assert (found.verdict, found.agreeing, found.disagreeing) == (ClaimVerdict.CONFIRMED, 2, 0)
    assert (found.examples, found.needs) == ((), ())


def test_a_claim_is_refuted_by_one_cell_and_the_cells_are_folded_among_those_of_the_claim(tmp_path: Path) -> None:
    environments = [f"linux-py3.12-scrapy{release}-latest" for release in ("2.5.1", "2.6.3", "2.13.4", "2.19.0")]
    cells = [
        cell(f"{environment}/{lane}/callback_pending/direct", *(("hang", "never-resumed") if lane == "epoll" else ()))
        for environment in environments
        for lane in ("default", "epoll")
    ]
    cells.append(cell("default/callback_fired/direct", "fail", "no-value"))
    found = results(tmp_path, *cells)["D1"]
    assert (found.verdict, found.agreeing, found.disagreeing) == (ClaimVerdict.REFUTED, 3, 4)
    hang, fail = found.examples
    assert (hang.count, hang.outcome, hang.mechanism, hang.expected) == (3, Outcome.HANG, "never-resumed", "pass")
    assert hang.block.of("lane") == ("epoll",)
    assert hang.block.of("scrapy") == ("2.6.3", "2.13.4", "2.19.0")
    assert hang.first.at.key.id == f"{environments[1]}/epoll/callback_pending/direct"
    assert (fail.count, fail.mechanism) == (1, "no-value")


@pytest.mark.parametrize(
    ("cells", "needs"),
    [
        ([cell(ASYNCIO)], "a plan with lane default, epoll"),
        ([cell(OLD)], "a plan with scrapy >=2.6"),
        ([cell(EPOLL, "broken", detail="no cgi")], "cells that can be run; there are 1 broken (no cgi)"),
        ([cell(OLD), cell(ASYNCIO)],
         "a plan with scrapy >=2.6 and lane default, epoll and scenario callback_* and helper direct together"),
    ],
)  # fmt: skip
def test_what_is_unverified_says_what_it_takes(cells: list[KnownCell], needs: str, tmp_path: Path) -> None:
    found = results(tmp_path, *cells)["D1"]
    assert (found.verdict, found.needs) == (ClaimVerdict.UNVERIFIED, (needs,))


def test_of_no_cells_at_all_every_claim_is_unverified(tmp_path: Path) -> None:
    assert {each.verdict for each in results(tmp_path).values()} == {ClaimVerdict.UNVERIFIED}


def test_judging_again_gives_the_same(tmp_path: Path) -> None:
    judge = Judge(claims_of(tmp_path, AWAITS))
    cells = [cell(EPOLL), cell(ASYNCIO), cell(OTHER, "flaky"), cell(OLD, "broken")]
    first = judge_cells(judge, lambda: cells)
    for again in (judge_cells(judge, lambda: cells), judge_cells(Judge(claims_of(tmp_path, AWAITS)), lambda: cells)):
        assert again == first
        assert [each.disagreeing for each in again.opinions] == [each.disagreeing for each in first.opinions]
