"""harness.analysis.attribution: what changed a cell between two runs. Each test plants what did it, and finds that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from harness.analysis.attribution import Attribution, AttributionKind
from harness.analysis.change_factors import Factor, FactorKind, RunOrigin, RunRecord, RunSide
from harness.analysis.run_diff import ChangedRange, compare
from harness.model.known_cells import CellCoordinates
from harness.model.outcome import Outcome
from harness.model.run_inputs import RunInputs
from tests.support.known_cells import known

INPUTS = RunInputs(
    kit="k1", scenarios={"callback_fired": "s1", "callback_pending": "p1"}, lanes={"epoll": "l1", "select": "l1"},
    isolate=False, deadline=10.0, runner="r1",
)  # fmt: skip
HOST = {"id": "m1", "system": "Linux 6.1"}
VERSIONS = {"scrapy": "2.13.4", "twisted": "25.5.0", "w3lib": "2.4.1", "python_build": "3.12.1 (main, Nov 1) [GCC 12]"}
AT = CellCoordinates("linux", "3.12", "2.13.4", "latest", "epoll", "callback_fired", "direct")
PINNED = AT._replace(profile="pinned")
OTHER = AT._replace(python="3.11")
TWISTED = Factor(FactorKind.PACKAGE, "twisted", "25.5.0", "26.4.0")
W3LIB = Factor(FactorKind.PACKAGE, "w3lib", "2.4.1", "2.5.0")
BOTH = VERSIONS | {"twisted": "26.4.0", "w3lib": "2.5.0"}
GOOD, BAD = (Outcome.PASS, None), (Outcome.FAIL, "wrong-value")


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One run, with what is planted in it."""

    results: Mapping[CellCoordinates, tuple[Outcome, str | None]]
    versions: Mapping[CellCoordinates, Mapping[str, str]] = field(default_factory=dict)
    inputs: RunInputs | None = INPUTS
    host: Mapping[str, str] = field(default_factory=lambda: HOST)
    record: Mapping[str, object] = field(default_factory=dict)
    plan: str = "default"

    @property
    def side(self) -> RunSide:
        origin = RunOrigin(inputs=self.inputs, host=self.host)
        record = RunRecord(run="r", origins={"r": origin}, plan_hash="h1")
        return RunSide(
            name="a run",
            cells=[known(at, *result) for at, result in self.results.items()],
            versions={at.key.environment: {**self.versions.get(at, VERSIONS)} for at in self.results},
            plan=self.plan,
            record=replace(record, **self.record),  # type: ignore[arg-type]
        )


BEFORE = Planted(results={AT: GOOD})
AFTER = Planted(results={AT: BAD})


def range_of(before: Planted, after: Planted, at: CellCoordinates = AT) -> ChangedRange:
    diff = compare(before.side, after.side)
    (found,) = (each for each in diff.ranges if at in diff.grid.unfold(each.block))
    return found


def cause(before: Planted, after: Planted, at: CellCoordinates = AT) -> Attribution:
    found = range_of(before, after, at).cause
    assert found is not None
    return found


def with_versions(**changed: str) -> Planted:
    return replace(AFTER, versions={AT: VERSIONS | changed})


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (with_versions(scrapy="2.13.5"), Factor(FactorKind.SCRAPY, "scrapy", "2.13.4", "2.13.5")),
        (with_versions(w3lib="2.5.0"), W3LIB),
        (with_versions(zope="1"), Factor(FactorKind.PACKAGE, "zope", None, "1")),
        (
            with_versions(python_build="3.12.2 (main) [GCC 12]"),
            Factor(FactorKind.PYTHON, "python_build", VERSIONS["python_build"], "3.12.2 (main) [GCC 12]"),
        ),
        (replace(AFTER, inputs=replace(INPUTS, kit="k2")), Factor(FactorKind.KIT, "kit", "k1", "k2")),
        (
            replace(AFTER, inputs=replace(INPUTS, scenarios={"callback_fired": "s2", "callback_pending": "p1"})),
            Factor(FactorKind.SCENARIO, "callback_fired", "s1", "s2"),
        ),
        (
            replace(AFTER, inputs=replace(INPUTS, lanes={"epoll": "l2", "select": "l1"})),
            Factor(FactorKind.LANE, "epoll", "l1", "l2"),
        ),
        (replace(AFTER, inputs=replace(INPUTS, runner="r2")), Factor(FactorKind.RUNNER, "harness", "r1", "r2")),
        (replace(AFTER, inputs=replace(INPUTS, isolate=True)), Factor(FactorKind.RUNNER, "isolate", "False", "True")),
        (replace(AFTER, inputs=replace(INPUTS, deadline=3.0)), Factor(FactorKind.RUNNER, "deadline", "10", "3")),
        (replace(AFTER, host=HOST | {"id": "m2"}), Factor(FactorKind.MACHINE, "machine", "m1", "m2")),
        (
            replace(AFTER, host=HOST | {"system": "Linux 6.2"}),
            Factor(FactorKind.MACHINE, "system", "Linux 6.1", "Linux 6.2"),
        ),
    ],
    ids=lambda each: each.name if isinstance(each, Factor) else "",
)
def test_the_only_thing_that_changed_is_named_and_no_other(after: Planted, expected: Factor) -> None:
    assert cause(BEFORE, after) == Attribution(kind=AttributionKind.ONLY, factors=(expected,))


def test_a_build_of_python_that_a_process_named_in_full_is_not_another_one() -> None:
    named = with_versions(python_build=f"CPython {VERSIONS['python_build']}", w3lib="2.5.0")
    assert cause(BEFORE, named) == Attribution(kind=AttributionKind.ONLY, factors=(W3LIB,))


def test_another_scenario_or_lane_that_changed_is_not_what_changed_a_cell() -> None:
    inputs = replace(
        INPUTS, scenarios=INPUTS.scenarios | {"callback_pending": "p2"}, lanes=INPUTS.lanes | {"select": "l2"}
    )
    assert cause(BEFORE, replace(AFTER, inputs=inputs)).kind is AttributionKind.NOTHING


def test_what_is_added_for_a_lane_and_files_of_the_same_versions_are_named() -> None:
    lane = (AT.key.environment, "epoll")

    def run(planted: Planted, uvloop: str, made: str) -> Planted:
        return replace(planted, record={"overlays": {lane: {"uvloop": uvloop}}, "made": {lane: made}})

    assert cause(run(BEFORE, "0.21.0", "f1"), run(AFTER, "0.22.0", "f2")).factors == (
        Factor(FactorKind.PACKAGE, "uvloop", "0.21.0", "0.22.0"),
    )
    rebuilt = cause(run(BEFORE, "0.21.0", "f1"), run(AFTER, "0.21.0", "f2"))
    assert rebuilt.factors == (Factor(FactorKind.ENVIRONMENT, "files", "f1", "f2"),)


def test_of_several_things_all_are_listed_those_of_the_world_first() -> None:
    after = replace(AFTER, versions={AT: BOTH}, inputs=replace(INPUTS, kit="k2"))
    kit = Factor(FactorKind.KIT, "kit", "k1", "k2")
    assert cause(BEFORE, after) == Attribution(kind=AttributionKind.SEVERAL, factors=(TWISTED, W3LIB, kit))


def test_a_cell_in_another_profile_shows_which_package_it_was() -> None:
    before = replace(BEFORE, results={AT: GOOD, PINNED: GOOD})
    # Beside it w3lib alone is held back, and the cell passes: twisted is innocent.
    held = BOTH | {"w3lib": "2.4.1"}
    after = Planted(results={AT: BAD, PINNED: GOOD}, versions={AT: BOTH, PINNED: held})
    found = range_of(before, after)
    assert found.cause == Attribution(kind=AttributionKind.SHOWN, factors=(W3LIB,))
    assert found.pair is not None
    assert (found.pair.before, found.pair.before_run, found.pair.after) == (PINNED, "B", AT)
    # The other way round it does not: twisted alone is enough.
    enough = cause(replace(before, results={AT: GOOD, PINNED: BAD}), replace(after, results={AT: BAD, PINNED: BAD}))
    assert enough == Attribution(kind=AttributionKind.SHOWN, factors=(TWISTED,))
    nothing = replace(after, versions={AT: BOTH, PINNED: BOTH | {"w3lib": "2.4.0"}})
    assert cause(before, nothing).kind is AttributionKind.SEVERAL


def test_the_same_change_alone_elsewhere_shows_which_package_it_was_unless_it_did_otherwise() -> None:
    before = Planted(results={AT: GOOD, OTHER: GOOD})
    alone = VERSIONS | {"w3lib": "2.5.0"}
    after = Planted(results={AT: BAD, OTHER: BAD}, versions={AT: BOTH, OTHER: alone})
    found = range_of(before, after)
    assert found.cause == Attribution(kind=AttributionKind.SHOWN, factors=(W3LIB,))
    assert found.pair is not None
    assert found.pair.before == found.pair.after == OTHER
    third = AT._replace(python="3.10")
    spoilt = Planted(results={**after.results, third: GOOD}, versions={**after.versions, third: alone})
    before = Planted(results={**before.results, third: GOOD})
    assert cause(before, spoilt).kind is AttributionKind.SEVERAL


def test_a_run_from_before_inputs_were_recorded_cannot_tell_unless_fingerprints_or_a_pair_do() -> None:
    old = replace(BEFORE, inputs=None)
    found = cause(old, with_versions(w3lib="2.5.0"))
    assert (found.kind, found.factors) == (AttributionKind.NOT_RECORDED, (W3LIB,))
    assert found.missing == ("kit, scenario and lane of A", "the harness that ran the cells")
    block = (AT.key.environment, AT.lane, AT.scenario)
    same = {"fingerprints": {block: "f"}}
    found = cause(replace(old, record=same), replace(AFTER, record=same))
    assert (found.factors, found.missing) == ((), ("the harness that ran the cells",))
    after = Planted(results={AT: BAD, PINNED: GOOD}, versions={AT: BOTH, PINNED: BOTH | {"w3lib": "2.4.1"}})
    shown = cause(replace(old, results={AT: GOOD, PINNED: GOOD}), replace(after, inputs=None))
    assert shown == Attribution(kind=AttributionKind.SHOWN, factors=(W3LIB,))


def test_a_cell_that_was_carried_over_is_of_the_machine_that_ran_it() -> None:
    origins = {"r": RunOrigin(inputs=INPUTS, host=HOST), "q": RunOrigin(inputs=INPUTS, host=HOST | {"id": "m0"})}
    carried = replace(AFTER, record={"origins": origins, "carried": {AT: "q"}})
    assert cause(BEFORE, carried).factors == (Factor(FactorKind.MACHINE, "machine", "m1", "m0"),)
    lost = cause(BEFORE, replace(AFTER, record={"carried": {AT: "gone"}}))
    assert lost.missing == ("the run that a cell was carried over from",)


def test_cells_that_only_one_plan_asks_for_are_the_plans_and_those_without_a_python_the_machines() -> None:
    more = replace(AFTER, results={AT: GOOD, OTHER: GOOD}, record={"plan_hash": "h2"})
    assert cause(BEFORE, more, OTHER).factors == (Factor(FactorKind.PLAN, "plan", "default", "default"),)
    adapted = replace(BEFORE, plan="default, adapted to Python 3.10 3.12", record={"plan_hash": "h3"})
    assert cause(adapted, more, OTHER).factors == (Factor(FactorKind.MACHINE, "interpreters", "3.10 3.12", None),)


def test_what_was_not_measured_is_attributed_to_nothing() -> None:
    after = replace(with_versions(w3lib="2.5.0"), results={AT: (Outcome.NOT_RUN, None)})
    assert cause(BEFORE, after) == Attribution(kind=AttributionKind.NOT_MEASURED)
    empty = replace(AFTER, results={AT: (Outcome.UNINSTALLABLE, None)}, versions={AT: {}})
    assert cause(BEFORE, empty).missing == ("the packages of B, where none were installed",)


def test_beside_what_is_no_run_nothing_is_attributed() -> None:
    baseline = replace(BEFORE.side, record=None)
    assert [each.cause for each in compare(baseline, AFTER.side).ranges] == [None]


def test_two_things_that_are_both_shown_elsewhere_are_not_told_apart() -> None:
    third = AT._replace(python="3.10")
    before = Planted(results={AT: GOOD, OTHER: GOOD, third: GOOD})
    versions: Mapping[CellCoordinates, Mapping[str, str]] = {
        AT: BOTH, OTHER: VERSIONS | {"w3lib": "2.5.0"}, third: VERSIONS | {"twisted": "26.4.0"},
    }  # fmt: skip
    after = Planted(results={AT: BAD, OTHER: BAD, third: BAD}, versions=versions)
    assert cause(before, after) == Attribution(kind=AttributionKind.SEVERAL, factors=(TWISTED, W3LIB))


def test_where_several_things_changed_from_other_versions_all_of_these_are_in_one_range() -> None:
    before = Planted(results={AT: GOOD, OTHER: GOOD}, versions={OTHER: VERSIONS | {"w3lib": "2.3.1"}})
    after = Planted(results={AT: BAD, OTHER: BAD}, versions={AT: BOTH, OTHER: BOTH})
    found = range_of(before, after)
    w3lib = Factor(FactorKind.PACKAGE, "w3lib", "2.3.1 or 2.4.1", "2.5.0")
    assert (found.cells, found.cause) == (2, Attribution(kind=AttributionKind.SEVERAL, factors=(TWISTED, w3lib)))
