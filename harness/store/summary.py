"""What is kept of a run that ended, so that a history of runs need not read their cells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What differs from the run before, which was of the same plan on the same machine."""

    before: str
    """Id of that run."""
    counts: Mapping[str, int]
    """Number of cells by class of change (`harness.judge.changes.Change`); empty: nothing differs."""
    lines: tuple[str, ...]
    """The changes folded into ranges, for people; cut with a mark where there are many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run came to. It follows from its cells and may be made again at any time."""

    outcomes: Mapping[str, int]
    """Number of cells of the plan by outcome."""
    verdicts: Mapping[str, int]
    """Number of them by verdict."""
    judged_by: str
    """Digest of the files that the verdicts are by."""
    changes: Changes | None
    """None: there was no such run before."""

    def to_json(self) -> str:
        """The text that `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Summary:
        """The summary of that text. `ValueError`, `KeyError` or `TypeError` where it is none."""
        told: dict[str, Any] = json.loads(text)
        changes = told.pop("changes")
        if changes is not None:
            changes = Changes(**{**changes, "lines": tuple(changes["lines"])})
        return cls(**told, changes=changes)
