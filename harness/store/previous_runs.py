"""What earlier runs know that still holds: results by fingerprint, whole environments, whole runs.

What is unexpected does not: its cells are measured again each time, until they are as expected or accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from harness.infra.errors import StorageError
from harness.infra.redaction import redactor
from harness.model.ids import BlockKey
from harness.model.outcome import Outcome
from harness.model.result import EnvironmentResult
from harness.plan.plan_records import Plan
from harness.store.records import CellRow, Wanted
from harness.store.run_directory import Runs
from harness.store.run_store import RunStore

LOOKED_AT = 20
"""Runs looked at for results that still hold, the latest first."""


class PreviousRuns:
    """The runs that results are taken over from; each is read when it is needed first.

    A run that cannot be read knows nothing: `repair_damaged` says so, and its cells are run again.
    """

    def __init__(
        self,
        runs: Runs,
        plan: Plan,
        *,
        is_unexpected: Callable[[CellRow], bool] | None = None,
        judged_by: str = "",
        ignored: Collection[str] = (),
    ) -> None:
        """`judged_by`: the digest of what `is_unexpected` judges by; runs that were judged by the same are not judged
        again if nothing in them is unexpected. `ignored`: ids of runs that nothing is taken over from."""
        self._runs = runs
        self._is_unexpected = is_unexpected
        self._judged_by = judged_by
        self._doubted: dict[str, frozenset[str]] = {}
        # Stored names of overlays have no credentials.
        self._clean = redactor().clean
        self._ids = [each for each in reversed(runs.ids()) if each not in ignored][:LOOKED_AT]
        self._known: dict[str, dict[str, EnvironmentResult]] = {}
        self._blocks_of: dict[str, dict[str, list[tuple[str, frozenset[str]]]]] = {}
        self.same_id: str | None = None
        """The latest run of this very plan that came to its end."""
        self._blocks: Mapping[BlockKey, tuple[str, int]] = {}
        for run_id in self._ids:
            with suppress(StorageError), runs.open(run_id) as store:
                meta = store.meta()
                if meta.plan_hash == plan.hash and meta.finished is not None and meta.merged is None:
                    self.same_id = run_id
                    self._blocks = store.blocks()
                    return

    def _environments(self, run_id: str) -> dict[str, EnvironmentResult]:
        """The environments of a run, without their locks: whether they are the same is in their fingerprints.

        None of a merged run: what other machines say, be it true or not, is never taken for a result of this one.
        """
        if run_id not in self._known:
            self._known[run_id] = {}
            with suppress(StorageError), self._runs.open(run_id) as store:
                self._known[run_id] = {} if store.meta().merged is not None else store.environments(locks=False)
        return self._known[run_id]

    def says_all(self, result: EnvironmentResult, wanted: Wanted) -> bool:
        """Whether the run `same_id` holds this environment just as it is, and every cell wanted in it."""
        if self.same_id is None:
            return False
        known = self._environments(self.same_id).get(result.id)
        if known is None or not _is_same(known, result) or _overlays(known) != _overlays(result, self._clean):
            return False
        reason = None if result.reason is None else self._clean(result.reason)
        if known.status is not Outcome.BROKEN and (known.status, known.reason) != (result.status, reason):
            return False
        if not all(self._blocks.get(block) == mark for block, mark in wanted.items()):
            return False
        return self._marks_in_doubt(self.same_id).isdisjoint(mark for mark, _ in wanted.values())

    def environment(self, result: EnvironmentResult) -> EnvironmentResult | None:
        """`result` with what the process of an earlier run attested of this very environment; None where none did.

        Overlays stay those of `result`: the earlier run may not have asked for them.
        """
        for run_id in self._ids:
            known = self._environments(run_id).get(result.id)
            if known is not None and _is_same(known, result) and known.status in {None, Outcome.BROKEN}:
                detail = result.detail if known.status is None else known.detail
                return replace(result, status=known.status, reason=known.reason, detail=detail, versions=known.versions)
        return None

    def carry_into(self, store: RunStore, result: EnvironmentResult, wanted: Wanted) -> None:
        """Copy what earlier runs know of an environment and still holds into `store`, the latest first."""
        marks = {block: mark for block, (mark, _) in wanted.items()}
        missing = sum(count for _, count in wanted.values())
        for run_id in self._ids:
            known = self._environments(run_id).get(result.id) if missing > 0 else None
            if known is not None and _is_same(known, result):
                # Nor is what was expected earlier taken for what is unexpected now.
                doubted = self._marks_in_doubt(run_id)
                marks = {block: mark for block, mark in marks.items() if mark not in doubted}
                missing -= store.carry_over(self._runs.path(run_id), marks)

    def marks(self, environment: str) -> dict[str, dict[str, frozenset[str]]]:
        """Helpers whose cells are known in an environment, by its fingerprint and that of the cells.

        That is what `carry_into` would copy if the environment turned out to have that fingerprint.
        """
        known: dict[str, dict[str, frozenset[str]]] = {}
        doubted: frozenset[str] = frozenset()
        for run_id in self._ids:
            there = self._environments(run_id).get(environment)
            if there is not None and there.fingerprint:
                doubted |= self._marks_in_doubt(run_id)
                marks = known.setdefault(there.fingerprint, {})
                for mark, helpers in self._helpers(run_id).get(environment, ()):
                    if mark not in doubted:
                        marks[mark] = marks.get(mark, frozenset()) | helpers
        return known

    def _marks_in_doubt(self, run_id: str) -> frozenset[str]:
        """Fingerprints of the cells of a run that are unexpected; those that share lane and scenario have the same."""
        if self._is_unexpected is None:
            return frozenset()
        if run_id not in self._doubted:
            with self._runs.open(run_id) as store:
                summary = store.meta().summary
                clean = summary is not None and summary.judged_by == self._judged_by
                if clean and summary is not None and not summary.verdicts.get("unexpected", 0):
                    self._doubted[run_id] = frozenset()
                else:
                    blocks = {row[:3] for row in store.rows() if self._is_unexpected(row)}
                    marks = store.blocks() if blocks else {}
                    self._doubted[run_id] = frozenset(marks[block][0] for block in blocks)
        return self._doubted[run_id]

    def _helpers(self, run_id: str) -> dict[str, list[tuple[str, frozenset[str]]]]:
        if run_id not in self._blocks_of:
            found = self._blocks_of[run_id] = {}
            with self._runs.open(run_id) as store:
                for environment, mark, helpers in store.helpers_of_blocks():
                    found.setdefault(environment, []).append((mark, helpers))
        return self._blocks_of[run_id]


def _is_same(known: EnvironmentResult, result: EnvironmentResult) -> bool:
    return known.fingerprint == result.fingerprint


def _overlays(result: EnvironmentResult, name: Callable[[str], str] = str) -> dict[str, tuple[str, Outcome | None]]:
    return {name(overlay.name): (overlay.fingerprint, overlay.status) for overlay in result.overlays}


def repair_damaged(runs: Runs) -> Iterable[str]:
    """Mend damaged files of the runs that would be looked at; a line for people for each."""
    for run_id in runs.ids()[-LOOKED_AT:]:
        try:
            told = runs.rescue(run_id)
        except StorageError as error:
            # Nothing of it can be read. It stays where it is, and its cells are run again.
            told = f"{error}"
        if told is not None:
            yield told
