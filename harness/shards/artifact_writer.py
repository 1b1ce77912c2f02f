"""Writing an artifact: one file with everything that a run says of its shard."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import msgspec

from harness.infra.files import replacing, storage_errors
from harness.model.outcome import Outcome
from harness.model.result import EnvironmentResult, Evidence
from harness.shards.artifact_lines import (
    ARTIFACT_VERSION,
    ENDING,
    PHRASE,
    TEXT,
    CellItem,
    CellsLine,
    EndLine,
    EnvironmentLine,
    EvidenceLine,
    FactsItem,
    GivenStatus,
    Header,
    InputsItem,
    Line,
    LockLine,
    ObservationLine,
    OverlayItem,
)
from harness.shards.identity import PlanIdentity, ShardPart
from harness.store.records import CellRow, Observation, lock_parts, storable
from harness.store.run_store import RunStore
from harness.store.schema import RunMeta

_CUT = "\n[... {} characters cut ...]\n"


def artifact_path(folder: Path, part: ShardPart) -> Path:
    """The file of a part in `folder`, which is made. Raises `StorageError` where it cannot be."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{part.shard.artifact}{ENDING}"


def write_artifact(path: Path, part: ShardPart, terms: PlanIdentity, store: RunStore) -> None:
    """Write what a store says of a part of the plan `terms`, whole or not at all; raises `StorageError`.

    The same store gives the same bytes everywhere.
    """
    with (
        storage_errors(path),
        replacing(path) as draft,
        draft.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as file,
    ):
        _write(file, _Writer(part, terms, store).lines())


def _write(file: gzip.GzipFile, lines: Iterable[Line]) -> None:
    encoder = msgspec.json.Encoder()
    digest = hashlib.sha256()
    count = 0
    for line in lines:
        raw = encoder.encode(line) + b"\n"
        digest.update(raw)
        file.write(raw)
        count += 1
    file.write(encoder.encode(EndLine(lines=count, digest=digest.hexdigest())) + b"\n")


class _Writer:
    """Turns what a store holds into lines, numbering what many of them share."""

    def __init__(self, part: ShardPart, terms: PlanIdentity, store: RunStore) -> None:
        self._part = part
        self._terms = terms
        self._store = store
        self._locks: dict[str, int] = {}
        self._observations: dict[Observation, int] = {}
        self._evidence: dict[int, int] = {}

    def lines(self) -> Iterator[Line]:
        wanted = set(self._part.shard.environments)
        rows = [row for row in self._store.rows() if row.environment in wanted]
        origins = {origin: number for number, origin in enumerate(dict.fromkeys(row.origin for row in rows))}
        yield _header(self._part, self._terms, self._store.meta(), list(origins))
        for name, result in self._store.environments().items():
            if name in wanted:
                yield from self._environment(result)
        marks = self._store.blocks()
        for key, group in groupby(rows, key=lambda row: row[:3]):
            inside = list(group)
            yield from self._shared(inside)
            yield CellsLine(
                environment=key[0],
                lane=key[1],
                scenario=key[2],
                fingerprint=marks[key][0],
                cells=[self._cell(row, origins[row.origin]) for row in inside],
            )

    def _cell(self, row: CellRow, origin: int) -> CellItem:
        return CellItem(
            row.helper,
            self._observations[row.observation],
            None if row.seconds is None else round(row.seconds * 1e6),
            None if row.evidence is None else self._evidence[row.evidence],
            origin,
        )

    def _shared(self, rows: Iterable[CellRow]) -> Iterator[Line]:
        """What rows name and no line before them has said."""
        for row in rows:
            if row.observation not in self._observations:
                number = self._observations[row.observation] = len(self._observations)
                yield _observation(number, row.observation)
            if row.evidence is not None and row.evidence not in self._evidence:
                number = self._evidence[row.evidence] = len(self._evidence)
                ((_, evidence),) = self._store.evidence([row.evidence])
                yield _evidence(number, evidence)

    def _environment(self, result: EnvironmentResult) -> Iterator[Line]:
        for lock in (result.lock, *(overlay.lock for overlay in result.overlays)):
            for entry in lock_parts(lock):
                if entry not in self._locks:
                    number = self._locks[entry] = len(self._locks)
                    yield LockLine(number=number, text=_text(entry))
        yield EnvironmentLine(
            id=result.id, platform=result.platform, python=result.python, scrapy=result.scrapy, profile=result.profile,
            status=_given(result.status), reason=_phrase(result.reason),
            detail=None if result.detail is None else _text(result.detail), fingerprint=result.fingerprint,
            interpreter=_text(result.interpreter, PHRASE),
            versions={name: _text(version, PHRASE) for name, version in result.versions.items()},
            lock=self._entries(result.lock),
            overlays=[
                OverlayItem(name=_text(each.name, PHRASE), status=_given(each.status), reason=_phrase(each.reason),
                            lock=self._entries(each.lock), fingerprint=each.fingerprint)
                for each in result.overlays
            ],
        )  # fmt: skip

    def _entries(self, lock: str) -> list[int]:
        return [self._locks[entry] for entry in lock_parts(lock)]


def _header(part: ShardPart, terms: PlanIdentity, meta: RunMeta, origins: list[str]) -> Header:
    return Header(
        schema_version=ARTIFACT_VERSION,
        asked=terms.asked,
        plan_hash=terms.plan.hash,
        matrix=terms.matrix,
        scenarios=terms.scenarios,
        shard=part.shard.number,
        of=part.shard.of,
        assignment=part.split.hash,
        run=meta.id,
        started=meta.started,
        finished=meta.finished,
        host=meta.host,
        origins=origins,
        inputs=None if meta.inputs is None else InputsItem(**asdict(meta.inputs)),
    )


def _observation(number: int, seen: Observation) -> ObservationLine:
    facts = seen.facts
    return ObservationLine(
        number=number,
        outcome=seen.outcome.value,
        mechanism=_phrase(seen.mechanism),
        detail=None if seen.detail is None else _text(seen.detail),
        close=None if seen.close is None else seen.close.value,
        facts=None
        if facts is None
        else FactsItem(reactor=_phrase(facts.reactor), loop=_phrase(facts.loop), policy=_phrase(facts.policy)),
        isolated=seen.isolated,
    )


def _evidence(number: int, evidence: Evidence) -> EvidenceLine:
    return EvidenceLine(
        number=number,
        exception=_text(evidence.exception),
        stacks=_text(evidence.stacks),
        stdout=_text(evidence.stdout),
        stderr=_text(evidence.stderr),
    )


def _given(status: Outcome | None) -> GivenStatus | None:
    return None if status is None else status.value


def _phrase(text: str | None) -> str | None:
    return None if text is None else _text(text, PHRASE)


def _text(text: str, limit: int = TEXT) -> str:
    """`text` as it can be written: lone surrogates escaped, and cut in the middle where it is longer than `limit`."""
    told = storable(text) or ""
    if len(told) <= limit:
        return told
    kept = (limit - len(_CUT) - 20) // 2
    return told[:kept] + _CUT.format(len(told) - 2 * kept) + told[-kept:]
