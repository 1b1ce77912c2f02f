"""What a process prints, read as it comes and kept within bounds."""

from __future__ import annotations

import os
import threading
from typing import IO

_CHUNK = 1 << 16


class BoundedText:
    """The head and the tail of a stream of bytes; what lies between is counted and dropped.

    Never holds much more than twice `cap` bytes.
    """

    def __init__(self, cap: int) -> None:
        self._head_room = cap // 2
        self._tail_room = cap - self._head_room
        self._head = bytearray()
        self._tail = bytearray()
        self._total = 0

    def add(self, chunk: bytes) -> None:
        """Append `chunk` to the stream."""
        self._total += len(chunk)
        missing = self._head_room - len(self._head)
        if missing > 0:
            self._head += chunk[:missing]
            chunk = chunk[missing:]
        self._tail += chunk
        # Trimmed now and then, not each time: a byte at a time would move the whole tail for each.
        if len(self._tail) > 2 * self._tail_room + _CHUNK:
            del self._tail[: len(self._tail) - self._tail_room]

    def text(self) -> str:
        """All of the stream if it fits, else head, a line that says how much was cut, and tail.

        UTF-8; bytes that are not come out as backslash escapes.
        """
        tail = bytes(self._tail[max(0, len(self._tail) - self._tail_room) :])
        cut = self._total - len(self._head) - len(tail)
        mark = f"\n[... {cut} bytes cut ...]\n".encode() if cut else b""
        return (bytes(self._head) + mark + tail).decode("utf-8", "backslashreplace")


class Capture:
    """A thread that drains a pipe into a `BoundedText` until its end.

    The thread is a daemon, and `join` gives up: a pipe that someone out of reach keeps open costs a
    thread, never a hang.
    """

    def __init__(self, pipe: IO[bytes], cap: int) -> None:
        self._pipe = pipe
        self._kept = BoundedText(cap)
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._drain, name="capture", daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        with self._pipe:
            descriptor = self._pipe.fileno()
            while True:
                try:
                    chunk = os.read(descriptor, _CHUNK)
                except OSError:
                    return
                if not chunk:
                    return
                with self._lock:
                    self._kept.add(chunk)

    def join(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the end of the stream; whether it came."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def text(self) -> str:
        """What has come so far, bounded, its lines ended as Python ends them."""
        with self._lock:
            return self._kept.text().replace("\r\n", "\n")
