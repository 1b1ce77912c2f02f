"""Compression for what stands in the page."""

from __future__ import annotations

import gzip
import io


def compressed(content: bytes) -> bytes:
    """Return the content as gzip has it, the same bytes from the same content on every system.

    What `gzip.compress` gives names the system since Python 3.11, and a time before.
    """
    raw = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0) as file:
        file.write(content)
    return raw.getvalue()
