"""What `clean` prints: what was removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.infra.text import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanResult:
    """What was removed."""

    runs: tuple[str, ...]
    """Ids."""
    environments: int
    """And overlays."""
    freed: int
    """Bytes that the environments took."""
    abandoned: int
    """Temporary folders of processes that were killed."""

    def lines(self) -> Iterator[str]:
        """Return lines for people."""
        yield f"removed {plural(len(self.runs), 'run')}{': ' if self.runs else ''}{', '.join(self.runs)}"
        yield f"removed {self.environments} environments and overlays, {self.freed >> 20} MiB"
        if self.abandoned:
            yield f"removed {plural(self.abandoned, 'temporary folder')} of runs that were killed"
