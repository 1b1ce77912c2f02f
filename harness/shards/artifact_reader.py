"""Reading an artifact that another machine made. Nothing in it is believed before it was checked.

It is read as a stream within limits, every line against its class in `lines`, every name against the plan; no path is
taken from it. What is wrong with it is a `ConfigurationError` that names the file.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.infra.errors import ConfigurationError
from harness.model.result import EnvironmentResult
from harness.plan.plan_records import Plan, PlannedEnvironment
from harness.shards.artifact_lines import ARTIFACT_VERSION, CellsLine, EndLine, EnvironmentLine, Header, Line
from harness.shards.decoder import ENTRIES, DecodedCells, DecoderState, Keep

LINE = 8 << 20
"""Bytes of a line."""
TOTAL = 2 << 30
"""Bytes of all lines."""
_FOR_EACH_CELL = 4
"""Lines that there may be, beside an environment's `ENTRIES` of locks."""
_MEMORY = 16 << 20
_MEMORY_OF_CELL = 256
_MEMORY_OF_ENVIRONMENT = 1 << 20
"""Bytes that all may take that is held of an artifact, and in a report of it. Locks are far the most of it."""

_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an artifact may speak of."""

    environments: Mapping[str, PlannedEnvironment]

    @classmethod
    def of(cls, plan: Plan, environments: tuple[str, ...]) -> Scope:
        """Some environments of a plan."""
        wanted = set(environments)
        return cls(environments={each.id: each for each in plan.environments if each.id in wanted})

    @property
    def lines(self) -> int:
        """How many lines there may be."""
        return 10 + ENTRIES * len(self.environments) + _FOR_EACH_CELL * self._cells

    @property
    def memory(self) -> int:
        """How many bytes what is held of it may take."""
        return _MEMORY + _MEMORY_OF_ENVIRONMENT * len(self.environments) + _MEMORY_OF_CELL * self._cells

    @property
    def _cells(self) -> int:
        return sum(len(lane.cells) for each in self.environments.values() for lane in each.lanes)


class Artifact:
    """One file that is said to be an artifact."""

    def __init__(self, path: Path) -> None:
        """Reads its first line; `ConfigurationError` where that is not the header of an artifact."""
        self.path = path
        self.digest = ""
        """SHA-256 over what was read of it last; whole after `contents` has come to its end."""
        self._before = ""
        """The same over the lines before the last that was read."""
        lines = self._lines(2)
        try:
            self.header = self._header(next(lines, b""))
        finally:
            lines.close()

    def refused(self, cause: str, action: str = "deliver it again, or leave it out: its cells are missing then",
                ) -> ConfigurationError:  # fmt: skip
        """The error that says what is wrong with this file."""
        return ConfigurationError(value=str(self.path), cause=cause, action=action)

    def contents(self, scope: Scope, keep: Keep) -> Iterator[EnvironmentResult | DecodedCells]:
        """Environments and cells as they stand in the file; `keep` gets what lies behind cells before they come.

        Raises `ConfigurationError` where anything is not as it should be, be it at the end.
        """
        known = DecoderState(self.header, scope.environments, keep, memory=scope.memory)
        ended = False
        for number, raw in enumerate(self._lines(scope.lines)):
            line = self._decoded(raw, number)
            try:
                if ended:
                    raise ValueError("it stands behind the end")
                ended = isinstance(line, EndLine)
                self._refuse_misplaced(line, number)
                if isinstance(line, EnvironmentLine):
                    yield known.environment(line)
                elif isinstance(line, CellsLine):
                    yield known.cells(line)
                elif not isinstance(line, Header | EndLine):
                    known.add(line)
            except ValueError as error:
                raise self.refused(f"line {number + 1}: {error}") from error
        if not ended:
            raise self.refused("it is cut short: its last line is not there")

    def _refuse_misplaced(self, line: Line, number: int) -> None:
        if isinstance(line, EndLine) and line.lines != number:
            raise ValueError(f"the end comes after {number} lines and not after {line.lines}")
        if isinstance(line, EndLine) and line.digest != self._before:
            raise ValueError("the lines before it are not those that were written")
        if isinstance(line, Header) and (number or line != self.header):
            raise ValueError("there is a second header")

    def _header(self, raw: bytes) -> Header:
        try:
            version = msgspec.json.decode(raw, type=_Version)
        except (ValueError, RecursionError) as error:
            raise self.refused(f"it is no artifact of a run: {error}") from error
        if version.type != "artifact":
            raise self.refused("it is no artifact of a run: it does not begin with a header")
        if version.schema_version != ARTIFACT_VERSION:
            raise self.refused(
                f"its schema has version {version.schema_version}, this program reads {ARTIFACT_VERSION}",
                "run and merge with the same version of the harness",
            )
        line = self._decoded(raw, 0)
        if not isinstance(line, Header) or line.shard > line.of:
            raise self.refused("its header names no shard that there can be")
        return line

    def _decoded(self, raw: bytes, number: int) -> Line:
        try:
            return _DECODER.decode(raw)
        except (ValueError, RecursionError) as error:
            raise self.refused(f"line {number + 1} is not as the schema of artifacts says: {error}") from error

    def _lines(self, most: int) -> Generator[bytes, None, None]:
        """The lines of the file; never more than `LINE` bytes at a time are unpacked."""
        digest = hashlib.sha256()
        total = 0
        try:
            with self.path.open("rb") as raw, gzip.GzipFile(fileobj=raw, mode="rb") as file:
                for number in range(most + 1):
                    line = file.readline(LINE + 1)
                    if not line:
                        break
                    total += len(line)
                    if len(line) > LINE or total > TOTAL or number == most:
                        raise self.refused(
                            f"it is larger than an artifact can be: line {number + 1} has {len(line)} bytes or more, "
                            f"of {LINE}; {total} in all, of {TOTAL}; {most} lines are the most for its shard"
                        )
                    self._before = digest.hexdigest()
                    digest.update(line)
                    yield line
            self.digest = digest.hexdigest()
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise self.refused(f"it is damaged or was cut short: {error}") from error
        except OSError as error:
            raise self.refused(f"it cannot be read: {error.strerror or error}") from error


class _Version(msgspec.Struct):
    """What is looked at first, so that a file of another version is told to be that."""

    type: str
    schema_version: int
