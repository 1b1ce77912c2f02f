"""What earlier runs know that still holds: results by fingerprint, whole environments, whole runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from harness.errors import StorageError
from harness.plan.making import Plan
from harness.results import EnvironmentResult, Outcome
from harness.store.reading import BlockKey
from harness.store.run_store import RunStore
from harness.store.runs import Runs

LOOKED_AT = 20
"""Runs looked at for results that still hold, the latest first."""

Wanted = Mapping[BlockKey, tuple[str, int]]
"""Fingerprint of today and number of cells, by (environment, lane, scenario)."""


class EarlierRuns:
    """The runs that results are taken over from."""

    def __init__(self, runs: Runs, plan: Plan) -> None:
        ids = list(reversed(runs.ids()))[:LOOKED_AT]
        self._paths: tuple[Path, ...] = tuple(runs.path(run_id) for run_id in ids)
        self.same_id: str | None = None
        """The latest run, if it was one of this very plan and came to its end."""
        self._blocks: Mapping[BlockKey, tuple[str, int]] = {}
        self._environments: list[dict[str, EnvironmentResult]] = []
        for run_id in ids:
            with runs.open(run_id) as store:
                self._environments.append(store.environments())
                meta = store.meta()
                if self.same_id is None and meta.plan_hash == plan.hash and meta.finished is not None:
                    self.same_id = run_id
                    self._blocks = store.blocks()
                    self._same = self._environments[-1]

    def says_all(self, result: EnvironmentResult, wanted: Wanted) -> bool:
        """Whether the run `same_id` holds this environment just as it is, and every cell wanted in it."""
        if self.same_id is None:
            return False
        known = self._same.get(result.id)
        if known is None or not _is_same(known, result) or _overlays(known) != _overlays(result):
            return False
        if known.status is not Outcome.BROKEN and (known.status, known.reason) != (result.status, result.reason):
            return False
        return all(self._blocks.get(block) == mark for block, mark in wanted.items())

    def environment(self, result: EnvironmentResult) -> EnvironmentResult | None:
        """`result` with what the process of an earlier run attested of this very environment; None where none did.

        Overlays stay those of `result`: the earlier run may not have asked for them.
        """
        for environments in self._environments:
            known = environments.get(result.id)
            if known is not None and _is_same(known, result) and known.status in {None, Outcome.BROKEN}:
                detail = result.detail if known.status is None else known.detail
                return replace(result, status=known.status, reason=known.reason, detail=detail, versions=known.versions)
        return None

    def carry_into(self, store: RunStore, result: EnvironmentResult, wanted: Wanted) -> None:
        """Copy what earlier runs know of an environment and still holds into `store`, the latest first."""
        marks = {block: mark for block, (mark, _) in wanted.items()}
        missing = sum(count for _, count in wanted.values())
        for path, environments in zip(self._paths, self._environments, strict=True):
            known = environments.get(result.id)
            if missing > 0 and known is not None and _is_same(known, result):
                missing -= store.carry_over(path, marks)


def _is_same(known: EnvironmentResult, result: EnvironmentResult) -> bool:
    return known.fingerprint == result.fingerprint


def _overlays(result: EnvironmentResult) -> dict[str, tuple[str, Outcome | None]]:
    return {overlay.name: (overlay.fingerprint, overlay.status) for overlay in result.overlays}


def rescued(runs: Runs) -> Iterable[str]:
    """Mend damaged files of the runs that would be looked at; a line for people for each."""
    for run_id in runs.ids()[-LOOKED_AT:]:
        try:
            told = runs.rescue(run_id)
        except StorageError as error:
            # Nothing of it can be read. It stays where it is, and its cells are run again.
            told = f"{error}"
        if told is not None:
            yield told
