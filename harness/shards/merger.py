"""Artifacts that were checked -> one store: what each delivered, what is missing, what contradicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment
from harness.shards.artifact_reader import Artifact, Scope
from harness.shards.assignment import to_be_run
from harness.shards.conflicts import ArtifactSide, resolved
from harness.shards.decoder import DecodedCells
from harness.shards.expectation import MergeExpectation
from harness.store.merged import Delivery
from harness.store.records import CellRow, Observation
from harness.store.run_store import RunStore

_AT_ONCE = 5_000
"""Cells recorded in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An artifact that was read to its end and is as it should be."""

    artifact: Artifact
    scope: Scope
    digest: str
    delivery: Delivery


def checked(artifact: Artifact, expected: MergeExpectation) -> Checked:
    """Reads an artifact whole; raises `ConfigurationError` where it is not of what is expected, or not sound."""
    scope = expected.scope(artifact)
    environments: dict[str, None] = {}
    cells = 0
    for piece in artifact.contents(scope, lambda _: None):
        environments[_environment(piece)] = None
        if isinstance(piece, DecodedCells):
            cells += len(piece.rows)
    header = artifact.header
    delivery = Delivery(
        name=f"shard-{header.shard}-of-{header.of}",
        run=header.run,
        started=header.started,
        finished=header.finished,
        host=header.host,
        environments=tuple(environments),
        cells=cells,
    )
    return Checked(artifact=artifact, scope=scope, digest=artifact.digest, delivery=delivery)


def _environment(piece: EnvironmentResult | DecodedCells) -> str:
    return piece.id if isinstance(piece, EnvironmentResult) else piece.rows[0].environment


def in_order(found: Iterable[Checked]) -> list[Checked]:
    """Each once, in an order that does not depend on that of `found`."""
    unique = {each.digest: each for each in found}
    return sorted(unique.values(), key=lambda each: (each.artifact.header.shard, each.delivery.run, each.digest))


@dataclass(slots=True)
class _Joined:
    store: RunStore
    contested: Mapping[str, list[ArtifactSide]]
    provided: dict[str, EnvironmentResult] = field(default_factory=dict)
    """Environments recorded, without their locks."""
    waiting: list[tuple[CellRow, str]] = field(default_factory=list)
    """With their fingerprints."""

    def environment(self, result: EnvironmentResult) -> None:
        self.store.record_environment(result)
        overlays = tuple(replace(overlay, lock="") for overlay in result.overlays)
        self.provided[result.id] = replace(result, lock="", overlays=overlays)

    def cells(self, cells: Iterable[tuple[CellRow, str]]) -> None:
        self.waiting += cells
        if len(self.waiting) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        self.store.record_rows(self.waiting)
        self.waiting = []


def join(store: RunStore, deliveries: Sequence[Checked], expected: MergeExpectation) -> None:
    """Records everything in `store`. `deliveries`: as `in_order` gives them.

    Raises `ConfigurationError` where a file is not what it was when it was checked.
    """
    times = Counter(name for each in deliveries for name in each.delivery.environments)
    joined = _Joined(store, {name: [] for name, count in times.items() if count > 1})
    for each in deliveries:
        _take(joined, each)
    for planned in expected.plan.environments:
        sides = joined.contested.get(planned.id)
        if sides is not None:
            result, cells = resolved(planned, sides, store)
            if result is not None:
                joined.environment(result)
            joined.cells(cells)
    joined.flush()
    _add_missing(joined, deliveries, expected)
    joined.flush()


def _take(joined: _Joined, each: Checked) -> None:
    sides: dict[str, ArtifactSide] = {}
    for piece in each.artifact.contents(each.scope, joined.store.record_evidence):
        name = _environment(piece)
        if name in joined.contested:
            if name not in sides:
                sides[name] = ArtifactSide(delivery=each.delivery)
                joined.contested[name].append(sides[name])
            sides[name].add(piece)
        elif isinstance(piece, EnvironmentResult):
            joined.environment(piece)
        else:
            joined.cells((row, piece.fingerprint) for row in piece.rows)
    if each.artifact.digest != each.digest:
        raise each.artifact.refused("it was changed while it was merged", "merge again when nobody writes it")


def _add_missing(joined: _Joined, deliveries: Sequence[Checked], expected: MergeExpectation) -> None:
    """What the plan expected and nobody delivered."""
    marks = {key: mark for key, (mark, _) in joined.store.blocks().items()}
    for planned in to_be_run(expected.plan):
        result = joined.provided.get(planned.id)
        if result is None:
            reason = _owed(planned, deliveries, expected)
            # Of its cells that are recorded all the same these are said to be missing that are not.
            joined.environment(_missing_environment(planned, reason))
        elif result.status is None:
            absent = _absent(planned, result, joined.store.keys(planned.id))
            reason = _owed(planned, deliveries, expected)
            seen = Observation(Outcome.MISSING, None, reason, None, None, isolated=False)
            joined.cells(
                (CellRow(*key, seen, None, joined.store.id), marks.get((key.environment, key.lane, key.scenario), ""))
                for key in absent
            )


def _absent(planned: PlannedEnvironment, result: EnvironmentResult, known: set[CellKey]) -> Iterator[CellKey]:
    refused = {overlay.name for overlay in result.overlays if overlay.status is not None}
    for lane in planned.lanes:
        if lane.status is None and not refused.intersection(lane.overlays):
            for pair in lane.cells:
                key = CellKey(planned.id, lane.name, *pair)
                if key not in known:
                    yield key


def _owed(planned: PlannedEnvironment, deliveries: Sequence[Checked], expected: MergeExpectation) -> str:
    """Why nothing is known of cells of an environment: which shard owed them, and what it did."""
    owner = None if expected.assignment is None else expected.assignment.owners.get(planned.id)
    told = f"a run of {planned.platform}" if owner is None else f"shard {owner.name} ({planned.platform})"
    of_owner = [each.delivery for each in deliveries if planned.id in each.scope.environments]
    if not of_owner:
        return f"{told} owed it and delivered no artifact"
    ends = ", ".join(
        f"its run {each.run} " + ("was interrupted" if each.finished is None else "ended without it")
        for each in of_owner
    )
    return f"{told} owed it and delivered {of_owner[0].name} without it: {ends}"


def _missing_environment(planned: PlannedEnvironment, reason: str) -> EnvironmentResult:
    return EnvironmentResult(
        id=planned.id,
        platform=planned.platform,
        python=planned.python,
        scrapy=planned.scrapy,
        profile=planned.profile,
        status=Outcome.MISSING,
        reason=reason,
    )
