"""What the control of a target is made of."""

from __future__ import annotations

from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult, Evidence
from harness.model.suite import SuiteReport, SuiteTest
from harness.targets.checks import control_of


def result(outcome: Outcome, tests: dict[str, str], mechanism: str | None = None) -> CellResult:
    rows = tuple(SuiteTest(id=name, outcome=of, seconds=0.1, message="", place="") for name, of in tests.items())
    suite = SuiteReport(
        tests=rows, counts={}, seconds=1.0, longest=0.5, reactor_choices=(), notes=(), deprecated=(), network=()
    )
    return CellResult(
        key=CellKey("linux-py3.12-scrapy2.19.0-latest", "default", "try_control", "none"),
        outcome=outcome, mechanism=mechanism, detail="", close=None, facts=None, seconds=1.0, isolated=True,
        fingerprint="", evidence=Evidence(suite=suite),
    )  # fmt: skip


def test_a_control_has_the_modules_and_the_tests_of_its_two_cells() -> None:
    found = control_of(result(Outcome.PASS, {"it": "passed"}), result(Outcome.PASS, {"a": "passed", "b": "flaky"}), "")
    assert (found.modules, found.tests) == ({"it": "passed"}, {"a": "passed", "b": "flaky"})
    assert (found.flaky, found.longest, found.stopped) == (("b",), 0.5, "")


def test_a_suite_that_does_not_come_to_its_end_is_nothing_to_compare_with() -> None:
    hung = result(Outcome.HANG, {"a": "passed"}, "suite-hangs")
    found = control_of(result(Outcome.PASS, {"it": "passed"}), hung, "")
    assert found.tests == {}
    assert "hang suite-hangs" in found.stopped


def test_a_suite_of_which_nothing_passes_is_nothing_to_compare_with() -> None:
    found = control_of(None, result(Outcome.PASS, {"a": "failed", "b.py": "error"}), "")
    assert (found.tests, found.stopped, found.broken) == ({}, *["none of its 2 tests passes: "] * 2)


def test_a_target_that_does_not_import_is_nothing_to_compare_with_and_an_optional_module_does_not_matter() -> None:
    suite = result(Outcome.PASS, {"a": "passed"})
    loaded = {"it": "passed", "it.optional": "failed"}
    assert control_of(result(Outcome.FAIL, loaded), suite, "").broken == ""
    assert control_of(result(Outcome.FAIL, {"it": "failed"}), suite, "").broken == "it does not import"


def test_a_control_that_could_not_run_says_why() -> None:
    found = control_of(None, None, "not-installable: no wheel")
    assert (found.modules, found.tests, found.stopped) == ({}, {}, "not-installable: no wheel")
