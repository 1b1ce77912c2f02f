"""harness.judge.claims_file and claims_check: what cannot be right in the file is named, not passed over."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.version import Version

from harness.infra import resources
from harness.infra.errors import ConfigurationError
from harness.infra.platforms import PLATFORMS
from harness.judge.claims_check import check_claims
from harness.judge.claims_file import load_claims
from harness.judge.judge_files import vocabulary
from harness.matrix.load import load_matrix
from harness.model.outcome import Outcome
from harness.plan.plan_records import Plan, PlannedEnvironment, PlannedLane
from harness.plan.planner import make_plan
from harness.plan.selection import Selection
from harness.scenarios.catalogue import load_scenarios
from tests.support.claim_fixture import AWAITS, KNOWN, cell, claims_of

CLAIM = '[[claim]]\nid = "C01"\ntext = "x"\npage = "topics/asyncio"\nsince = "2.0"\n'
EXPECT = '[[claim.expect]]\noutcome = "pass"\n'


def plan_with(*lanes: str, status: Outcome | None = None) -> Plan:
    """One environment with all questions in some lanes."""
    cells = tuple((scenario, helper) for scenario in KNOWN.scenarios for helper in KNOWN.helpers)
    planned = [PlannedLane(name=lane, status=status, reason=None, overlays=(), cells=cells) for lane in lanes]
    environment = PlannedEnvironment(
        id="linux-py3.12-scrapy2.13.4-latest", platform="linux", python="3.12", scrapy="2.13.4",
        requirement="scrapy==2.13.4", profile="latest", exclude_newer=None, exempt={}, constraints=(),
        status=None, reason=None, lanes=tuple(planned),
    )  # fmt: skip
    return Plan(name="full", environments=(environment,))


@pytest.mark.slow
def test_the_shipped_claims_are_all_about_cells_that_there_are_and_none_contradict_each_other() -> None:
    spec = load_matrix(resources.matrix_file())
    scenarios = load_scenarios([resources.scenarios_dir()])
    known = vocabulary(spec, scenarios)
    claims = load_claims(resources.claims_file(), known.scrapys, known)
    infos = {name: scenario.info for name, scenario in scenarios.items()}
    check_claims(
        claims,
        [make_plan(spec, plan="full", platforms=(each,), scenarios=infos, selection=Selection()) for each in PLATFORMS],
    )
    by_id = {claim.id: claim for claim in claims}
    assert {"C01", "C12", "W5", "D11", "I3", "S3", "R7", "N1", "A01", "A12"} <= set(by_id)
    assert by_id["C02"].until == Version("2.12")
    assert {claim.platform for claim in claims if claim.id.startswith("W")} == {"windows"}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (CLAIM + EXPECT + CLAIM + EXPECT, "is there twice"),
        (CLAIM + 'subject = "waiting"\n' + EXPECT, "await"),
        (CLAIM + 'until = "1.8"\n' + EXPECT, "is before 2.0"),
        (CLAIM + 'untill = "2.8"\n' + EXPECT, "did you mean until?"),
        (CLAIM + 'platform = "win"\n' + EXPECT, "windows"),
        (CLAIM.replace('"2.0"', '"two"') + EXPECT, "write a minor release"),
        (CLAIM, "expect: is missing"),
        (CLAIM + EXPECT + 'scenario = "callback_pendin"\n', "did you mean callback_pending"),
        (CLAIM + EXPECT + 'helper = "directly"\n', "did you mean direct?"),
        (CLAIM + EXPECT + 'lane = ["epoll", "kqueue-*"]\n', "'kqueue-*' is unknown"),
        (CLAIM + EXPECT + 'scrapy = ">=3"\n', "'>=3' is unknown"),
        (CLAIM + EXPECT + 'scrapy = ">=two"\n', "'>=two'"),
        (CLAIM + EXPECT + 'lane = "@twisted"\n', "there is no set 'twisted'"),
        (CLAIM + EXPECT.replace("pass", "passed"), "'passed' is unknown"),
        (CLAIM + EXPECT + "when = 1\n", "is not a key known here"),
        (CLAIM + '[[claim.expect]]\nlane = "epoll"\n', "says nothing"),
        (CLAIM + "[[claim.expect]]\nnot = { }\n", "says nothing"),
        (CLAIM + '[[claim.expect]]\nnot = { outcme = "pass" }\n', "did you mean outcome?"),
    ],
)
def test_a_claim_that_cannot_be_is_refused(text: str, part: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        claims_of(tmp_path, text)
    assert part in str(caught.value)


def test_a_set_stands_for_what_is_in_it(tmp_path: Path) -> None:
    text = '[sets]\ntwisted = ["default", "epoll"]\n' + CLAIM + EXPECT + 'lane = ["@twisted", "none-*"]\n'
    (expectation,) = claims_of(tmp_path, text)[0].expectations
    lanes = [lane for lane in KNOWN.lanes if expectation.where.has(cell(f"{lane}/callback_fired/direct").at)]
    assert lanes == ["default", "epoll", "none-default"]


def test_an_exclamation_mark_leaves_out_what_follows_it(tmp_path: Path) -> None:
    text = CLAIM + EXPECT + 'lane = ["*-default", "!none-*"]\nscenario = "!callback_p*"\n'
    (expectation,) = claims_of(tmp_path, text)[0].expectations
    asked = [f"{lane}/{name}" for lane in KNOWN.lanes for name in ("callback_fired", "callback_pending")]
    found = [each for each in asked if expectation.where.has(cell(f"{each}/direct").at)]
    assert found == ["asyncio-default/callback_fired"]
    with pytest.raises(ConfigurationError, match="'!callback_x' is unknown"):
        claims_of(tmp_path, CLAIM + EXPECT + 'scenario = "!callback_x"\n')


def test_names_that_another_matrix_does_not_have_are_no_errors_there(tmp_path: Path) -> None:
    (tmp_path / "claims.toml").write_text(CLAIM + EXPECT + 'scenario = "elsewhere"\n')
    assert len(load_claims(tmp_path / "claims.toml", {})) == 1


@pytest.mark.parametrize("plan", [plan_with("epoll"), plan_with("epoll", "asyncio-default", status=Outcome.EXCLUDED)])
def test_a_claim_about_no_cell_of_the_whole_matrix_is_refused(plan: Plan, tmp_path: Path) -> None:
    claims = claims_of(tmp_path, AWAITS)
    with pytest.raises(ConfigurationError, match="no cell of the whole matrix"):
        check_claims(claims, [plan])
    check_claims(claims, [plan, plan_with("epoll", "asyncio-default")])


ONE_PLACE = 'lane = "epoll"\nscenario = "callback_pending"\n'


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        ('outcome = "pass"', 'outcome = "fail"', True),
        ('outcome = ["pass", "fail"]', 'outcome = "fail"', False),
        ('outcome = "fail"\nmechanism = "a"', 'outcome = "fail"\nmechanism = "b"', True),
        ('outcome = "fail"\nmechanism = "a-*"', 'outcome = "fail"\nmechanism = "a-b"', False),
        ('outcome = "fail"\nmechanism = "a"', 'outcome = "fail"', False),
        ('outcome = "pass"', 'not = { outcome = "pass" }', True),
        ('outcome = "pass"', 'not = { outcome = "pass", detail = "x" }', False),
        ('outcome = "fail"\nmechanism = "a"', 'not = { outcome = "fail", mechanism = "a" }', True),
        ('outcome = ["pass", "fail"]', 'not = { outcome = "fail" }', False),
        ('outcome = "pass"', 'reactor = "x"', False),
        ('reactor = "x"', 'reactor = "y"', True),
        ('loop = "x.*"', 'loop = "x.y"', False),
    ],
)
def test_claims_that_expect_different_things_of_one_cell_are_found(
    one: str, other: str, tmp_path: Path, *, contradict: bool
) -> None:
    second = CLAIM.replace("C01", "C02")
    text = f'{CLAIM}[[claim.expect]]\n{one}\n{ONE_PLACE}{second}[[claim.expect]]\n{other}\nlane = "epoll"\n'
    claims = claims_of(tmp_path, text)
    if not contradict:
        check_claims(claims, [plan_with("epoll")])
        return
    with pytest.raises(ConfigurationError) as caught:
        check_claims(claims, [plan_with("epoll")])
    assert "claims C01 and C02: contradict each other" in str(caught.value)
    assert "linux-py3.12-scrapy2.13.4-latest/epoll/callback_pending/" in str(caught.value)
