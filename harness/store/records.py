"""How results are written in a store's tables: records <-> column values and compressed documents.

Observations and documents are stored under an id made from their content, so that equal ones are stored
once, and so that rows copied from another run's store keep their ids.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple, TypeAlias

import msgspec

from harness.model.ids import BlockKey, CellKey
from harness.model.outcome import Close, Outcome
from harness.model.result import CellResult, EnvironmentResult, Evidence, Facts

Column: TypeAlias = "str | int | None"


Document = tuple[int, bytes]
"""Number and compressed bytes of one document."""


class Observation(NamedTuple):
    """What was seen of a cell, apart from its key and its duration. Equal ones are one object when read."""

    outcome: Outcome
    mechanism: str | None
    detail: str | None
    close: Close | None
    facts: Facts | None
    isolated: bool


class CellRow(NamedTuple):
    """One recorded cell without its evidence, as reports read it."""

    environment: str
    lane: str
    scenario: str
    helper: str
    observation: Observation
    seconds: float | None
    origin: str
    """Id of the run that attested it."""
    evidence: int | None = None
    """Number of the document with what lies behind it; None where there is nothing."""


def content_number(content: bytes) -> int:
    """A signed 64-bit id that depends on nothing but `content`."""
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big", signed=True)


def storable(text: str | None) -> str | None:
    r"""`text` with lone surrogates (undecodable bytes of a cell's output) as `\udcff`; SQLite takes none."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()


def observation_of(result: CellResult) -> Observation:
    """The part of `result` that many cells share."""
    return Observation(result.outcome, result.mechanism, result.detail, result.close, result.facts, result.isolated)


def observation_columns(seen: Observation) -> tuple[Column, ...]:
    """Values for a row of the table `observation`: id, outcome, ..., in the order of its columns."""
    facts = seen.facts
    columns: tuple[Column, ...] = (
        seen.outcome.value,
        storable(seen.mechanism),
        storable(seen.detail),
        None if seen.close is None else seen.close.value,
        int(facts is not None),
        *((None, None, None) if facts is None else (facts.reactor, facts.loop, facts.policy)),
        int(seen.isolated),
    )
    return content_number(json.dumps(columns).encode()), *columns


def read_observation(row: tuple[Any, ...]) -> Observation:
    """The observation of a row as `observation_columns` made it."""
    _, outcome, mechanism, detail, close, has_facts, reactor, loop, policy, isolated = row
    return Observation(
        Outcome(outcome),
        mechanism,
        detail,
        None if close is None else Close(close),
        Facts(reactor=reactor, loop=loop, policy=policy) if has_facts else None,
        bool(isolated),
    )


def cell_result(row: CellRow, *, fingerprint: str, evidence: Evidence | None) -> CellResult:
    """The whole result of a cell from its row and what is stored beside it."""
    seen = row.observation
    return CellResult(
        key=CellKey(row.environment, row.lane, row.scenario, row.helper),
        outcome=seen.outcome,
        mechanism=seen.mechanism,
        detail=seen.detail,
        close=seen.close,
        facts=seen.facts,
        seconds=row.seconds,
        isolated=seen.isolated,
        fingerprint=fingerprint,
        evidence=evidence,
        origin=row.origin,
    )


def document(content: Any) -> Document:
    """`content` (anything JSON holds) as a compressed document."""
    # ASCII: JSON escapes then keep even lone surrogates as they are.
    raw = json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode()
    return content_number(raw), zlib.compress(raw, 6)


def read_document(body: bytes, number: int) -> Any:
    """The content of the document of that number; `sqlite3.DatabaseError` where the bytes are not those written."""
    try:
        raw = zlib.decompress(body)
        if content_number(raw) != number:
            raise sqlite3.DatabaseError(f"document {number} is not what was written")
        return json.loads(raw)
    except (zlib.error, ValueError) as error:
        raise sqlite3.DatabaseError(f"document {number} is damaged ({error})") from error


def evidence_document(evidence: Evidence | None) -> Document | None:
    """The evidence as a document; None where there is nothing in it."""
    if evidence is None or evidence == Evidence():
        return None
    # Cells without a suite have no word about one, as before there were any.
    return document({name: value for name, value in asdict(evidence).items() if name != "suite" or value is not None})


def environment_documents(result: EnvironmentResult) -> Iterator[Document]:
    """The environment as documents, its own last; the others are the entries of its locks, which environments share."""
    entries: list[Document] = [document(entry) for entry in lock_parts(result.lock)]
    overlays: list[dict[str, Any]] = []
    for overlay in result.overlays:
        parts = [document(entry) for entry in lock_parts(overlay.lock)]
        overlays.append({**asdict(overlay), "lock": [part[0] for part in parts]})
        yield from parts
    yield from entries
    yield document({**asdict(result), "lock": [entry[0] for entry in entries], "overlays": overlays})


def read_environment(content: dict[str, Any], entry: Callable[[int], str]) -> EnvironmentResult:
    """The environment of its own document's content; `entry` gives the text of a lock's entry by its id."""

    def joined(lock: list[int]) -> str:
        return "".join(map(entry, lock))

    overlays = [{**each, "lock": joined(each["lock"])} for each in content["overlays"]]
    return msgspec.convert({**content, "lock": joined(content["lock"]), "overlays": overlays}, EnvironmentResult)


def lock_parts(lock: str) -> list[str]:
    """The lock cut before every line that is not a continuation, so that joining gives it back."""
    return re.split(r"(?m)^(?=\S)(?!\A)", lock) if lock else []


Wanted = Mapping[BlockKey, tuple[str, int]]
"""Fingerprint of today and number of cells, by (environment, lane, scenario)."""
