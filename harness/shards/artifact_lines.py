"""The lines of an artifact as msgspec reads and writes them: gzip, then one JSON object a line, the first a `Header`.

What many lines share (entries of locks, observations, evidence) is a line of its own with a number, which stands before
the first line that names it. `artifact.schema.json` beside this file is made from these classes; tests hold that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from harness.model.outcome import Close, Outcome

ARTIFACT_VERSION = 2
ENDING = ".jsonl.gz"

NAME = 300
"""Characters of a name: an id of an environment, a lane, a version."""
PHRASE = 10_000
"""Characters of one line for people."""
TEXT = 1 << 18
"""Characters of a traceback, of what a program printed: what is longer is cut when it is written."""

Name = Annotated[str, Meta(max_length=NAME)]
Phrase = Annotated[str, Meta(max_length=PHRASE)]
Text = Annotated[str, Meta(max_length=TEXT)]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
RunId = Annotated[str, Meta(pattern="^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}$", max_length=23)]
Time = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", max_length=20)]
Number = Annotated[int, Meta(ge=0, le=2**31)]
Names = Annotated[list[Name], Meta(max_length=200)]

if TYPE_CHECKING:
    GivenOutcome: TypeAlias = str
    GivenStatus: TypeAlias = str
    GivenClose: TypeAlias = str
else:
    GivenOutcome = Literal[tuple(each.value for each in Outcome if each.by_machine)]
    """What a machine may say of a cell: that it is missing, or in conflict, only a merge says."""
    GivenStatus = Literal[tuple(each.value for each in Outcome if each.of_environment)]
    """Why an environment, or what is added to it, could not be used: all of its cells are said to be that."""
    GivenClose = Literal[tuple(each.value for each in Close)]


class _Line(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What no line has is refused."""


class Asked(_Line):
    """What the plan was made from, so that a merge can make it again."""

    plan: Name
    filters: Annotated[
        Annotated[dict[Name, Names], Meta(max_length=20)],
        Meta(description="What was written, by name of the filter; `platform` is left out."),
    ]
    platforms: Names
    """Those of the whole plan."""
    available: Annotated[
        Annotated[dict[Name, Names], Meta(max_length=20)],
        Meta(description="Pythons that the plan was adapted to, by platform; left out: it is literal."),
    ] = {}


Mark = Annotated[str, Meta(pattern="^[0-9a-f]{20}$", max_length=20)]


class InputsItem(_Line):
    """What all cells of a run depended on beside their environments, as digests."""

    kit: Mark
    scenarios: Annotated[dict[Name, Mark], Meta(max_length=10_000)]
    lanes: Annotated[dict[Name, Mark], Meta(max_length=1_000)]
    isolate: bool
    deadline: Annotated[float, Meta(ge=0, le=1_000_000)]
    runner: Mark


class Header(_Line, tag="artifact"):
    """The first line: what the artifact is of."""

    schema_version: Number
    asked: Asked
    plan_hash: Annotated[Digest, Meta(description="Of the whole plan, not of the shard.")]
    matrix: Digest
    """Of the matrix file."""
    scenarios: Annotated[Digest, Meta(description="Of all scenarios and of what runs them inside a cell.")]
    shard: Annotated[int, Meta(ge=1, le=10_000)]
    of: Annotated[int, Meta(ge=1, le=10_000)]
    assignment: Annotated[Digest, Meta(description="Of which environment is in which shard.")]
    run: RunId
    """The run on the machine that delivers it."""
    started: Time
    finished: Annotated[Time | None, Meta(description="None: it was interrupted.")]
    host: Annotated[dict[Name, Name], Meta(max_length=30)]
    origins: Annotated[
        Annotated[list[RunId], Meta(max_length=10_000)],
        Meta(description="Runs of that machine that attested the cells; a cell names one by its place."),
    ]
    inputs: InputsItem | None = None
    """None: the run was stored before they were recorded."""


class LockLine(_Line, tag="lock"):
    """One entry of lock files."""

    number: Number
    text: Text


class OverlayItem(_Line):
    """Packages added for some cells of an environment."""

    name: Phrase
    status: GivenStatus | None
    reason: Phrase | None
    lock: Annotated[list[Number], Meta(max_length=2_000)]
    fingerprint: Name


class EnvironmentLine(_Line, tag="environment"):
    """One environment as it was found, made or refused."""

    id: Name
    platform: Name
    python: Name
    scrapy: Name
    profile: Name
    status: GivenStatus | None
    reason: Phrase | None
    detail: Text | None
    fingerprint: Name
    interpreter: Phrase
    versions: Annotated[dict[Name, Phrase], Meta(max_length=2_000)]
    lock: Annotated[list[Number], Meta(max_length=2_000)]
    overlays: Annotated[list[OverlayItem], Meta(max_length=50)]


class FactsItem(_Line):
    """What a cell's process reported of itself."""

    reactor: Phrase | None
    loop: Phrase | None
    policy: Phrase | None


class ObservationLine(_Line, tag="observation"):
    """What was seen of cells."""

    number: Number
    outcome: GivenOutcome
    mechanism: Phrase | None
    detail: Text | None
    close: GivenClose | None
    facts: FactsItem | None
    isolated: bool


class EvidenceLine(_Line, tag="evidence"):
    """What lies behind cells."""

    number: Number
    exception: Text
    stacks: Text
    stdout: Text
    stderr: Text


class CellItem(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """One cell of a block."""

    helper: Name
    observation: Number
    microseconds: Annotated[int, Meta(ge=0, le=10**15)] | None
    evidence: Number | None
    origin: Annotated[Number, Meta(description="Place in `origins` of the header.")]


class CellsLine(_Line, tag="cells"):
    """The cells of one scenario in one lane of one environment."""

    environment: Name
    lane: Name
    scenario: Name
    fingerprint: Name
    cells: Annotated[list[CellItem], Meta(min_length=1, max_length=1_000)]


class EndLine(_Line, tag="end"):
    """The last line: without it the artifact was cut short."""

    lines: Annotated[Number, Meta(description="Number of those before this one.")]
    digest: Annotated[Digest, Meta(description="SHA-256 of the lines before this one, with their ends.")]


Line = Header | LockLine | EnvironmentLine | ObservationLine | EvidenceLine | CellsLine | EndLine
