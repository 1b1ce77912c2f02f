"""Results that are not as expected are not believed at once: their cells are run again, alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.results import MEASURED, CellKey, CellResult, Evidence, Outcome
from harness.runner.cellprocess import Kit
from harness.runner.environment import Listener, Order, run_alone
from harness.runner.orders import renumbered

ROUNDS = 3
"""How often at most a cell is run again."""
MANY = 24
"""Cells of one environment that all say the same again have a cause in common: once more is enough for them."""

IsUnexpected = Callable[[CellResult], bool]


class Doubts:
    """The unexpected results of one environment, kept back until their cells were run again."""

    def __init__(self, is_unexpected: IsUnexpected) -> None:
        self._is_unexpected = is_unexpected
        self._attempts: dict[CellKey, list[CellResult]] = {}
        self._lock = threading.Lock()

    @property
    def any(self) -> bool:
        """Whether there are cells to be run again."""
        return bool(self._attempts)

    def sifted(self, results: Sequence[CellResult]) -> list[CellResult]:
        """Those that can be recorded as they are; the others are kept. May be called from any thread."""
        believed = []
        for result in results:
            tried = result.outcome in MEASURED or result.outcome is Outcome.MISCONFIGURED
            if tried and self._is_unexpected(result):
                with self._lock:
                    self._attempts[result.key] = [result]
            else:
                believed.append(result)
        return believed

    def settled(self, kit: Kit, order: Order) -> list[CellResult]:
        """Run the cells of the kept results again, out of the batches of `order`; what is to be recorded of them.

        Nothing once `kit.cancelled` is set: who was interrupted half-way knows no more than before.
        """
        for _ in range(ROUNDS):
            agreeing = [key for key, attempts in self._attempts.items() if _agree(attempts)]
            if not agreeing:
                break
            self._run(kit, order, set(agreeing))
            if kit.cancelled.is_set():
                return []
            if len(agreeing) > MANY and all(_agree(self._attempts[key]) for key in agreeing):
                break
        # What ran alone says more: its output is its own.
        return [attempts[-1] if _agree(attempts) else flaky(attempts) for attempts in self._attempts.values()]

    def _run(self, kit: Kit, order: Order, keys: set[CellKey]) -> None:
        batches = [
            replace(batch, cells=tuple(
                cell for cell in batch.cells if CellKey(order.environment, batch.lane.name, *cell) in keys
            ))
            for batch in order.batches
        ]  # fmt: skip
        listener = Listener(on_environment=lambda _: None, on_results=self._add)
        run_alone(kit, replace(order, batches=renumbered(batches)), listener)

    def _add(self, results: Sequence[CellResult]) -> None:
        with self._lock:
            for result in results:
                self._attempts[result.key].append(result)


def _agree(attempts: Sequence[CellResult]) -> bool:
    return len({_shown(attempt) for attempt in attempts}) == 1


def _shown(result: CellResult) -> str:
    return f"{result.outcome}: {result.mechanism}" if result.mechanism else str(result.outcome)


def flaky(attempts: Sequence[CellResult]) -> CellResult:
    """One result out of several of a cell that do not agree: all of them are in its evidence, in their order."""
    told = [f"{'alone' if attempt.isolated else 'among others'} {_shown(attempt)}" for attempt in attempts]
    kept = [attempt.evidence or Evidence() for attempt in attempts]
    headed = [f"--- run {number}: {text}" for number, text in enumerate(told, start=1)]
    return replace(
        attempts[-1],
        outcome=Outcome.FLAKY,
        mechanism=None,
        detail=", then ".join(told),
        evidence=Evidence(
            # Every run is named here, whether it left something to read or not.
            exception="\n".join(
                part
                for head, attempt, each in zip(headed, attempts, kept, strict=True)
                for part in (head, attempt.detail or "", each.exception)
                if part
            ),
            stacks=_joined(headed, [each.stacks for each in kept]),
            stdout=_joined(headed, [each.stdout for each in kept]),
            stderr=_joined(headed, [each.stderr for each in kept]),
        ),
    )


def _joined(headed: Sequence[str], texts: Sequence[str]) -> str:
    return "\n".join(f"{head}\n{text}" for head, text in zip(headed, texts, strict=True) if text)
