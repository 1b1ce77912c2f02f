"""Cells as columns of small numbers, packed into text that a page can hold.

A column has one number for each cell. The numbers of a block are written as what differs from an earlier block of the
same lane and grid (0: the same; n + 1: n), so that environments that behave alike are runs of zeros.
"""

from __future__ import annotations

import base64
import gzip
import json
import struct
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np

from harness.render.html.gzip_bytes import compressed

Value = TypeVar("Value", bound=Hashable)
Numbers: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[Any]]"

_TYPES = ((0xFF, "u1"), (0xFFFF, "<u2"), (0xFFFFFFFF, "<u4"))


class Pool(Generic[Value]):
    """Numbers different values from 0, in the order in which they are met."""

    def __init__(self, *first: Value) -> None:
        """`first`: values that are there from the start."""
        self._numbers: dict[Value, int] = {}
        for value in first:
            self.add(value)

    def add(self, value: Value) -> int:
        """Return the number of a value."""
        return self._numbers.setdefault(value, len(self._numbers))

    def __iter__(self) -> Iterator[Value]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


class Column:
    """One number for each cell, block by block."""

    def __init__(self) -> None:
        self._blocks: list[Numbers] = []
        self._earlier: dict[Hashable, Numbers] = {}

    def add(self, like: Hashable, numbers: Sequence[int]) -> None:
        """Return the numbers of one block; blocks with an equal `like` have as many and are compared."""
        here = np.array(numbers, dtype=np.uint32)
        before = self._earlier.get(like)
        self._blocks.append(here + 1 if before is None else np.where(here == before, 0, here + 1))
        self._earlier[like] = here

    def numbers(self) -> Numbers:
        """Return the whole column as it is packed."""
        return np.concatenate(self._blocks) if self._blocks else np.zeros(0, dtype=np.uint32)


def unfolded(numbers: Numbers, blocks: Iterable[tuple[Hashable, int]]) -> Iterator[Numbers]:
    """Return the numbers of each block of a column that `Column` made; `blocks`: their `like`, and how many cells."""
    earlier: dict[Hashable, Numbers] = {}
    start = 0
    for like, size in blocks:
        written = numbers[start : start + size].astype(np.int64)
        start += size
        earlier[like] = np.where(written == 0, earlier.get(like, 0), written - 1)
        yield earlier[like]


def packed(header: Mapping[str, Any], columns: Mapping[str, Sequence[int] | Numbers]) -> str:
    """Return header and columns, compressed, in base64: text that a page can hold."""
    return base64.b64encode(packed_bytes(header, columns)).decode("ascii")


def packed_bytes(header: Mapping[str, Any], columns: Mapping[str, Sequence[int] | Numbers]) -> bytes:
    """Return header and columns, compressed.

    Within: the length of the header as 4 bytes, the header as JSON with the place of each column in `columns` (offset
    in bytes after the header, type, how many), then the columns. The same content always gives the same text.
    """
    places, body = {}, b""
    parts = []
    offset = 0
    for name, values in columns.items():
        array = np.asarray(values, dtype=np.uint32)
        largest = int(np.max(array)) if array.size else 0
        kind = next(name for limit, name in _TYPES if largest <= limit)
        parts.append(array.astype(kind).tobytes())
        places[name] = [offset, kind[-2:], int(array.size)]
        offset += len(parts[-1])
    text = json.dumps({**header, "columns": places}, separators=(",", ":")).encode()
    body = struct.pack("<I", len(text)) + text + b"".join(parts)
    return compressed(body)


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, Numbers]]:
    """Return header and columns of what `packed_bytes` gave.

    Raises `OSError`, `EOFError`, `zlib.error`, `ValueError`, `KeyError` or `struct.error` where it is anything else.
    """
    body = gzip.decompress(content)
    (length,) = struct.unpack_from("<I", body)
    header: dict[str, Any] = json.loads(body[4 : 4 + length])
    columns: dict[str, Numbers] = {
        name: np.frombuffer(body, dtype=np.dtype(f"<{kind}"), count=count, offset=4 + length + offset)
        for name, (offset, kind, count) in header["columns"].items()
    }
    return header, columns
