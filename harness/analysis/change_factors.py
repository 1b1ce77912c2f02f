"""What changed beside a cell between two runs: of the world (packages, Python, machine), and of the matrix itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from harness.analysis.package_changes import PYTHON_BUILD, named_build, package_changes
from harness.model.ids import BlockKey, EnvironmentId
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.run_inputs import RunInputs


class FactorKind(Enum):
    """What a thing that changed is."""

    SCRAPY = "scrapy"
    PACKAGE = "package"
    PYTHON = "python"
    """The build of the interpreter."""
    ENVIRONMENT = "environment"
    """Its fingerprint, with the same packages and Python: other files of the same versions, or it was made anew."""
    MACHINE = "machine"
    SCENARIO = "scenario"
    KIT = "kit"
    LANE = "lane"
    PLAN = "plan"
    RUNNER = "runner"
    """How the harness starts cells and tells their outcomes."""

    @property
    def of_matrix(self) -> bool:
        """Return whether the matrix changed it, and not the world."""
        return self in _OF_MATRIX


_OF_MATRIX = {FactorKind.SCENARIO, FactorKind.KIT, FactorKind.LANE, FactorKind.PLAN, FactorKind.RUNNER}
_KINDS_OF_VERSIONS = {"scrapy": FactorKind.SCRAPY, PYTHON_BUILD: FactorKind.PYTHON}


class Factor(NamedTuple):
    """One thing that two cells have differently."""

    kind: FactorKind
    name: str
    before: str | None
    """A version, a digest or a name; None: it was not there."""
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrigin:
    """What a run says of how it attested cells."""

    inputs: RunInputs | None
    """None: it does not record them."""
    host: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What a run says of the things that its cells depend on."""

    run: str
    origins: Mapping[str, RunOrigin]
    """By id: the run itself, and those from which cells were carried over, as far as they are known."""
    plan_hash: str = ""
    carried: Mapping[CellCoordinates, str] = field(default_factory=dict)
    """Which run attested a cell, where it was not the run itself."""
    fingerprints: Mapping[BlockKey, str] = field(default_factory=dict)
    """Empty where they are not known."""
    overlays: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    """Versions of the packages that are added for a lane, by environment and lane."""
    made: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Fingerprints of environments with what is added to them, by environment and lane."""

    @property
    def inputs(self) -> RunInputs | None:
        """Return what all its cells depend on; those that were carried over do, since their fingerprints are equal."""
        return self.origins[self.run].inputs

    def origin(self, at: CellCoordinates) -> RunOrigin | None:
        """Return what is known of the run that attested a cell."""
        return self.origins.get(self.carried.get(at, self.run))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSide:
    """One of the two runs that are compared."""

    name: str
    cells: Iterable[KnownCell]
    versions: Mapping[str, Mapping[str, str]]
    """Installed versions by package, by environment; empty where nothing was installed."""
    plan: str = ""
    """Of which plan it is a run; empty where that is not known."""
    record: RunRecord | None = None
    """None: it is no run, and nothing is attributed."""


class FactorSet(NamedTuple):
    """What two cells have differently."""

    factors: frozenset[Factor]
    missing: frozenset[str]
    """What is not recorded, in words; empty: there is nothing else."""


class Where(NamedTuple):
    """One cell of one of the sides."""

    side: RunSide
    at: CellCoordinates


class FactorFinder:
    """Tells what cells of two runs have differently."""

    def __init__(self, before: RunSide, after: RunSide) -> None:
        self._names = {id(before): "A", id(after): "B"}
        self._found: dict[tuple[object, ...], FactorSet] = {}
        self._environments: dict[tuple[object, ...], FactorSet] = {}
        self._matrix: dict[tuple[object, ...], FactorSet] = {}

    def between(self, before: Where, after: Where) -> FactorSet:
        """Return what two cells with the same lane and scenario have differently."""
        key = tuple(
            each
            for where in (before, after)
            for each in (id(where.side), *_block(where.at), _record(where).carried.get(where.at))
        )
        if key not in self._found:
            self._found[key] = self._between(before, after)
        return self._found[key]

    def _between(self, before: Where, after: Where) -> FactorSet:
        blocks = _block(before.at), _block(after.at)
        marks = [_record(where).fingerprints.get(block) for where, block in zip((before, after), blocks, strict=True)]
        parts = [_of_origins(before, after)]
        # Equal fingerprints say that all that they are made of is the same, also where a run records no parts of them.
        if blocks[0] != blocks[1] or marks[0] is None or marks[0] != marks[1]:
            parts += [self._of_environments(before, after), self._of_matrix(before, after)]
        return FactorSet(
            frozenset(factor for each in parts for factor in each.factors),
            frozenset(words for each in parts for words in each.missing),
        )

    def _of_environments(self, before: Where, after: Where) -> FactorSet:
        places = [(_block(where.at)[0], where.at.lane) for where in (before, after)]
        key = (id(before.side), id(after.side), *places)
        if key not in self._environments:
            old, new = _versions(before), _versions(after)
            empty = [self._names[id(where.side)] for where, found in ((before, old), (after, new)) if not found]
            missing = frozenset(f"the packages of {name}, where none were installed" for name in empty)
            factors = () if empty else tuple(
                Factor(_KINDS_OF_VERSIONS.get(each.package, FactorKind.PACKAGE), *each)
                for each in package_changes(old, new, left_out=())
            )  # fmt: skip
            made = [_record(where).made.get(place) for where, place in zip((before, after), places, strict=True)]
            if not (factors or empty) and places[0] == places[1] and None not in made:
                factors = tuple(_changed(Factor(FactorKind.ENVIRONMENT, "files", *made)))
            self._environments[key] = FactorSet(frozenset(factors), missing)
        return self._environments[key]

    def _of_matrix(self, before: Where, after: Where) -> FactorSet:
        key = (id(before.side), id(after.side), before.at.lane, before.at.scenario)
        if key not in self._matrix:
            self._matrix[key] = self._matrix_set(before, after)
        return self._matrix[key]

    def _matrix_set(self, before: Where, after: Where) -> FactorSet:
        if before.side is after.side:
            return _NOTHING
        old, new = _record(before).inputs, _record(after).inputs
        if old is None or new is None:
            silent = [where for where, inputs in ((before, old), (after, new)) if inputs is None]
            words = (f"kit, scenario and lane of {self._names[id(where.side)]}" for where in silent)
            return FactorSet(frozenset(), frozenset(words))
        lane, scenario = before.at.lane, before.at.scenario
        factors = _changed(
            Factor(FactorKind.KIT, "kit", old.kit, new.kit),
            Factor(FactorKind.SCENARIO, scenario, old.scenarios.get(scenario), new.scenarios.get(scenario)),
            Factor(FactorKind.LANE, lane, old.lanes.get(lane), new.lanes.get(lane)),
            Factor(FactorKind.RUNNER, "isolate", str(old.isolate), str(new.isolate)),
        )
        return FactorSet(factors, frozenset())


_NOTHING = FactorSet(frozenset(), frozenset())


def _of_origins(before: Where, after: Where) -> FactorSet:
    """Return what the runs that attested two cells have differently: machine and runner."""
    old, new = (_record(where).origin(where.at) for where in (before, after))
    if old is new and old is not None:
        return _NOTHING
    if old is None or new is None:
        return FactorSet(frozenset(), frozenset({"the run that a cell was carried over from"}))
    factors, missing = set[Factor](), set[str]()
    if "id" in old.host and "id" in new.host:
        factors |= _changed(
            Factor(FactorKind.MACHINE, "machine", old.host["id"], new.host["id"]),
            Factor(FactorKind.MACHINE, "system", old.host.get("system"), new.host.get("system")),
        )
    else:
        missing.add("the machine")
    if old.inputs is not None and new.inputs is not None:
        factors |= _changed(
            Factor(FactorKind.RUNNER, "harness", old.inputs.runner, new.inputs.runner),
            Factor(FactorKind.RUNNER, "deadline", f"{old.inputs.deadline:g}", f"{new.inputs.deadline:g}"),
        )
    else:
        missing.add("the harness that ran the cells")
    return FactorSet(frozenset(factors), frozenset(missing))


def _record(where: Where) -> RunRecord:
    assert where.side.record is not None
    return where.side.record


def _changed(*factors: Factor) -> frozenset[Factor]:
    return frozenset(each for each in factors if each.before != each.after)


def _versions(where: Where) -> dict[str, str]:
    """Return the packages of a cell; empty where nothing was installed."""
    name = _block(where.at)[0]
    own = where.side.versions.get(name, {})
    found = {**_record(where).overlays.get((name, where.at.lane), {}), **own} if own else {}
    if PYTHON_BUILD in found:
        found[PYTHON_BUILD] = named_build(found[PYTHON_BUILD])
    return found


def _block(at: CellCoordinates) -> BlockKey:
    return _environment_id(at[:4]), at.lane, at.scenario


@lru_cache(maxsize=10_000)
def _environment_id(where: tuple[str, str, str, str]) -> str:
    return EnvironmentId(*where).id


def in_order(factors: Iterable[Factor]) -> tuple[Factor, ...]:
    """Return things that changed in the order of `FactorKind`, by name."""
    order = list(FactorKind)
    return tuple(sorted(factors, key=lambda each: (order.index(each.kind), each.name)))
