"""What a process of the in-cell kit writes, decoded into typed messages: `scenarios/kit/protocol.py` in types.

Whatever ran in the cell could have written a line, so that nothing is taken as it comes: what does not fit a message
is `DamagedLineError`, which says of which batch.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Annotated, final

import msgspec

from harness.model.outcome import Close, Outcome
from harness.runner.work import Batch, Cell

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


IMPORT_FAILED = "import-failed-"
"""How the mechanism of a cell begins whose own package or file, and not Scrapy, does not import."""


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


class TestsReport(_Message, frozen=True, tag="tests"):
    """Tests of a suite that the cell of a batch has run: id, outcome, seconds, message, place of each."""

    rows: list[tuple[_Line, _Word, float, _Line, _Line]]


class SuiteSummary(_Message, frozen=True, tag="suite"):
    """What else that suite has shown; see `SuiteReport`."""

    counts: dict[_Word, _Number]
    seconds: float
    longest: float
    reactor_choices: list[_Word]
    notes: list[_Line]
    deprecated: list[tuple[_Word, _Line]]
    network: list[_Word]


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


Message = (
    EnvironmentReport
    | UnusableReport
    | BrokenReport
    | FactsReport
    | CellReport
    | TestsReport
    | SuiteSummary
    | CloseReport
    | EndReport
)


_DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


_NUMBER = re.compile(rb"(-|[0-9]{1,9}) ")


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
    if isinstance(message, CellReport) and not message.outcome.by_cell:
        raise DamagedLineError(batch, f"a cell says {message.outcome} of itself")
    return batch, message


_READ = 1 << 20


_LOOK = 16
"""Reads of a look, so that what is written faster than it is read does not keep the reader from everything else."""


@dataclass(slots=True, kw_only=True)
class BatchOutcome:
    """Everything reported of one batch; grows while the process runs."""

    cells: dict[Cell, CellReport] = field(default_factory=dict)
    facts: FactsReport | None = None
    broken: BrokenReport | None = None
    tests: list[tuple[str, str, float, str, str]] = field(default_factory=list)
    suite: SuiteSummary | None = None
    close: CloseReport | None = None
    end: EndReport | None = None
    damage: str | None = None
    """Why nothing of it is believed: somebody wrote what the kit does not write."""


@final
class OutcomeFile:
    """The file that a process appends its outcomes to, opened before the process starts and read as it grows.

    It is made here, and read through the descriptor it was made with: whatever takes the place of its name later is
    never looked at. What is read at a time is bounded.
    """

    def __init__(self, path: Path) -> None:
        """Make the file. Raises `OSError` where something of that name is there."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
        # The first is POSIX' way of following no link, the second Windows' of leaving line ends alone.
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        self._file = os.open(path, flags, 0o600)
        self._rest = b""
        self._skips = False
        self.read = 0
        """Bytes read so far."""

    def new_lines(self) -> list[bytes]:
        """Return lines that were completed since the last call, in order; the others come with the next calls.

        One that is too long to be a message is cut.
        """
        lines: list[bytes] = []
        for _ in range(_LOOK):
            data = os.read(self._file, _READ)
            self.read += len(data)
            parts = (self._rest + data).split(b"\n")
            self._rest = parts.pop()
            if self._skips and parts:
                # The end of one that was cut.
                del parts[0]
                self._skips = False
            lines += parts
            if len(self._rest) > LINE_LIMIT:
                lines += [] if self._skips else [self._rest]
                self._rest, self._skips = b"", True
            if len(data) < _READ:
                break
        return lines

    def __enter__(self) -> OutcomeFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._file)


def add(outcome: BatchOutcome, batch: Batch, message: Message) -> None:  # noqa: C901 (a case for each message)
    """Put one message into the outcome of its batch.

    Raises `DamagedLineError` for one that is about another batch's cells, or a second one about a cell.
    """
    match message:
        case CellReport():
            cell = (message.scenario, message.helper)
            if cell not in batch.cells:
                raise DamagedLineError(batch.number, f"a line is about {'/'.join(cell)}, which is no cell of its batch")
            if cell in outcome.cells:
                raise DamagedLineError(batch.number, f"two lines are about {'/'.join(cell)}")
            outcome.cells[cell] = message
        case CloseReport():
            blamed = {(scenario, helper) for scenario, helper, _ in message.blamed}
            if not (blamed <= set(batch.cells) and set(message.suspected) <= {scenario for scenario, _ in batch.cells}):
                raise DamagedLineError(batch.number, "a line blames cells that are not of its batch")
            # Two threads may have a word to say of the end, and a program several crawls: the first counts.
            outcome.close = outcome.close or message
        case FactsReport():
            outcome.facts = outcome.facts or message
        case TestsReport():
            outcome.tests += message.rows
        case SuiteSummary():
            outcome.suite = outcome.suite or message
        case BrokenReport():
            outcome.broken = outcome.broken or message
        case EndReport():
            outcome.end = outcome.end or message
        case EnvironmentReport() | UnusableReport():
            raise DamagedLineError(batch.number, "a line is about the environment")
