"""What a process of the in-cell kit writes, decoded into typed messages: `scenarios/kit/protocol.py` in types.

Whatever ran in the cell could have written a line, so that nothing is taken as it comes: what does not fit a message
is `DamagedLineError`, which says of which batch.
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from harness.results import Close, Outcome

LINE_LIMIT = 1 << 21
"""Bytes of one line: two texts of 65,536 characters, each written as an escape, and the rest."""
BATCH_LIMIT = 1 << 26
"""Bytes that one batch may write; four hundred cells, each with traceback and stacks, stay below."""

SILENT = "silent"
"""Why a process was killed: it showed no sign of life."""
MEMORY_LIMIT = "memory-limit"
"""Why a process was killed: it held more memory than a batch may."""
FLOODED = "flooded"
"""Why a process was killed: it wrote more outcomes than a batch can have."""

_Number = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]
_Word = Annotated[str, msgspec.Meta(max_length=300)]
_Line = Annotated[str, msgspec.Meta(max_length=2000)]


class DamagedLineError(Exception):
    """A line that fits no message, or that is not for its batch to say."""

    def __init__(self, batch: int | None, why: str) -> None:
        """`batch`: whose line it is; None where that cannot be known."""
        super().__init__(why)
        self.batch = batch
        self.why = why


class _Message(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One line, less the number of its batch in front."""


class EnvironmentReport(_Message, frozen=True, tag="environment"):
    """Versions and build of the process."""

    python_build: _Line
    versions: dict[_Word, _Word]


class UnusableReport(_Message, frozen=True, tag="unusable"):
    """Scrapy does not import."""

    mechanism: _Word
    detail: _Line
    exception: str


class BrokenReport(_Message, frozen=True, tag="broken"):
    """The crawl of the batch did not start."""

    mechanism: _Word
    detail: _Line
    exception: str


class FactsReport(_Message, frozen=True, tag="facts"):
    """Dotted class names while the crawl was running; None where there is no such object."""

    reactor: _Line | None
    loop: _Line | None
    policy: _Line | None


class CellReport(_Message, frozen=True, tag="cell"):
    """The one outcome of a cell."""

    scenario: _Word
    helper: _Word
    outcome: Outcome
    mechanism: _Word | None = None
    detail: _Line | None = None
    seconds: Annotated[float, msgspec.Meta(ge=0)] | None = None
    exception: str | None = None
    stacks: str | None = None


class CloseReport(_Message, frozen=True, tag="close"):
    """How the crawl of the batch ended beside its cells."""

    close: Close
    reasons: list[_Line]
    """What was unclean without anyone to blame."""
    blamed: list[tuple[_Word, _Word, _Line]]
    """Scenario, helper, and what was unclean because of that cell."""
    suspected: list[_Word]
    """Scenarios that the reasons may come from."""
    stacks: str | None = None


class EndReport(_Message, frozen=True, tag="end"):
    """The process of a batch is over; said by its parent, or made where that is the harness itself."""

    batch: int
    exit: _Number | None
    signal: _Number | None
    killed: _Word | None
    """Why it was killed, in a slug; None if it was not."""
    stdout: str
    stderr: str


Message = EnvironmentReport | UnusableReport | BrokenReport | FactsReport | CellReport | CloseReport | EndReport

_DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)
_NUMBER = re.compile(rb"(-|[0-9]{1,9}) ")
_SAID_OF_CELLS = frozenset({Outcome.PASS, Outcome.FAIL, Outcome.HANG, Outcome.UNSUPPORTED})
_WHY_LENGTH = 200


def decode(raw: bytes) -> tuple[int | None, Message]:
    """Return whose message a line is, and the message; None stands for the process that has started the batches.

    Raises `DamagedLineError`.
    """
    found = _NUMBER.match(raw)
    if found is None:
        raise DamagedLineError(None, "a line names no batch")
    batch = None if found[1] == b"-" else int(found[1])
    if len(raw) > LINE_LIMIT:
        raise DamagedLineError(batch, f"a line is longer than {LINE_LIMIT:,} bytes")
    try:
        message = _DECODER.decode(raw[found.end() :])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DamagedLineError(batch, f"a line is no message: {str(error)[:_WHY_LENGTH]}") from error
    if isinstance(message, CellReport) and message.outcome not in _SAID_OF_CELLS:
        raise DamagedLineError(batch, f"a cell says {message.outcome} of itself")
    return batch, message
