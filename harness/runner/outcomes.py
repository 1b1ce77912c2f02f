"""What a process of the in-cell kit wrote, read line by line and gathered by batch."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import final

from harness.runner.orders import Batch, Cell
from harness.runner.wire import (
    LINE_LIMIT,
    BrokenReport,
    CellReport,
    CloseReport,
    DamagedLineError,
    EndReport,
    EnvironmentReport,
    FactsReport,
    Message,
    UnusableReport,
)

_READ = 1 << 20
_LOOK = 16
"""Reads of a look, so that what is written faster than it is read does not keep the reader from everything else."""


@dataclass(slots=True, kw_only=True)
class BatchOutcome:
    """Everything reported of one batch; grows while the process runs."""

    cells: dict[Cell, CellReport] = field(default_factory=dict)
    facts: FactsReport | None = None
    broken: BrokenReport | None = None
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


def add(outcome: BatchOutcome, batch: Batch, message: Message) -> None:
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
        case BrokenReport():
            outcome.broken = outcome.broken or message
        case EndReport():
            outcome.end = outcome.end or message
        case EnvironmentReport() | UnusableReport():
            raise DamagedLineError(batch.number, "a line is about the environment")
