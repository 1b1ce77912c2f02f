"""One cell of a target: what a check gave in an environment and a lane."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.ids import CellKey, EnvironmentId
from harness.model.outcome import Outcome
from harness.model.suite import SuiteReport
from harness.store.records import Observation

BAD = ("failed", "error")
"""Outcomes of tests that did not do what they were to do."""
AS_IS = "as is"
"""The column of the suite as its author runs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedCell:
    """One cell of a target."""

    key: CellKey
    environment: EnvironmentId
    outcome: Outcome
    mechanism: str | None
    detail: str | None
    suite: SuiteReport | None

    @classmethod
    def of(cls, key: CellKey, seen: Observation, suite: SuiteReport | None) -> TriedCell:
        """Return a cell of a run with what was seen of it."""
        environment = EnvironmentId.parse(key.environment)
        return cls(
            key=key, environment=environment, outcome=seen.outcome, mechanism=seen.mechanism, detail=seen.detail,
            suite=suite,
        )  # fmt: skip
