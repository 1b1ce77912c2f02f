"""Results that are not as expected, or that nobody expects, are not believed at once: their cells are run again, alone.

What is unexpected is run again up to three times. What neither a claim nor the baseline speaks of is heard alone once:
if it failed, if it is a user's own and passed, since it may pass only in company, and if it hung, be it alone or not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from harness.model.ids import CellKey
from harness.model.outcome import Outcome
from harness.model.result import CellResult, Evidence
from harness.runner.cell_process import Kit
from harness.runner.strategy import EnvironmentJob, ResultSink, Said, run_alone
from harness.runner.work import renumbered

ROUNDS = 3
"""How often at most a cell is run again."""
MANY = 24
"""Cells of one environment that all say the same again have a cause in common: once more is enough for them."""

_NOTHING_SEEN = "no-effect-seen"

IsUnexpected = Callable[[CellResult], bool]
IsUnclaimed = Callable[[CellResult], bool]
"""Whether nothing is known of what a cell should give."""


class RerunQueue:
    """The unexpected results of one environment, kept back until their cells were run again."""

    def __init__(
        self, is_unexpected: IsUnexpected, is_unclaimed: IsUnclaimed = lambda _: False, own: Collection[str] = ()
    ) -> None:
        """`own` are the scenarios of a user's."""
        self._is_unexpected = is_unexpected
        self._is_unclaimed = is_unclaimed
        self._own = frozenset(own)
        self._unheard: dict[CellKey, CellResult] = {}
        self._attempts: dict[CellKey, list[CellResult]] = {}
        self._lock = threading.Lock()

    @property
    def any(self) -> bool:
        """Whether there are cells to be run again."""
        return bool(self._attempts or self._unheard)

    def filter(self, results: Sequence[CellResult]) -> list[CellResult]:
        """Those that can be recorded as they are; the others are kept. May be called from any thread."""
        believed = []
        for result in results:
            if result.outcome.ran and self._is_unexpected(result):
                with self._lock:
                    self._attempts[result.key] = [result]
            elif result.outcome.ran and self._is_to_be_heard(result):
                with self._lock:
                    self._unheard[result.key] = result
            else:
                believed.append(result)
        return believed

    def resolve(self, kit: Kit, order: EnvironmentJob) -> list[CellResult]:
        """Run the cells of the kept results again, out of the batches of `order`; what is to be recorded of them.

        Nothing once `kit.cancelled` is set: who was interrupted half-way knows no more than before.
        """
        believed = self._heard(kit, order)
        for _ in range(ROUNDS):
            agreeing = [key for key, attempts in self._attempts.items() if _agree(attempts)]
            if not agreeing:
                break
            self._run(kit, order, set(agreeing), self._add)
            if kit.cancelled.is_set():
                return []
            if len(agreeing) > MANY and all(_agree(self._attempts[key]) for key in agreeing):
                break
        # What ran alone says more: its output is its own.
        return believed + [
            attempts[-1] if _agree(attempts) else flaky(attempts) for attempts in self._attempts.values()
        ]

    def _is_to_be_heard(self, result: CellResult) -> bool:
        """Whether nothing is known of what it should give, and it came in company, or hangs."""
        hangs = result.outcome is Outcome.HANG
        if (result.isolated and not hangs) or result.outcome is Outcome.UNSUPPORTED or not self._is_unclaimed(result):
            return False
        return result.key.scenario in self._own or result.outcome is not Outcome.PASS

    def _heard(self, kit: Kit, order: EnvironmentJob) -> list[CellResult]:
        """Run what came in company and nobody has expectations of alone, and return what is to be recorded of it.

        A whole crowd of what is built in is believed if some of it say the same alone.
        """
        own = {key for key in self._unheard if key.scenario in self._own}
        crowd = [key for key in self._unheard if key not in own]
        first = {*own, *crowd[:MANY]}
        alone = self._alone(kit, order, first)
        if any(_shown(alone[key]) != _shown(self._unheard[key]) for key in crowd[:MANY] if key in alone):
            alone |= self._alone(kit, order, set(crowd[MANY:]))
        changed = {key for key, result in alone.items() if _shown(result) != _shown(self._unheard[key])}
        again = self._alone(kit, order, {key for key in changed if not self._unheard[key].isolated})
        if kit.cancelled.is_set():
            return []
        attempts = {key: [each[key] for each in (self._unheard, alone, again) if key in each] for key in self._unheard}
        return [_settled(each) for each in attempts.values()]

    def _alone(self, kit: Kit, order: EnvironmentJob, keys: set[CellKey]) -> dict[CellKey, CellResult]:
        """Run cells alone and return their results; none once `kit.cancelled` is set."""
        if not keys or kit.cancelled.is_set():
            return {}
        results: list[CellResult] = []
        self._run(kit, order, keys, results.extend)
        return {result.key: result for result in results}

    def _run(
        self, kit: Kit, order: EnvironmentJob, keys: set[CellKey], on_results: Callable[[Sequence[CellResult]], None]
    ) -> None:
        batches = [
            replace(batch, cells=tuple(
                cell for cell in batch.cells if CellKey(order.environment, batch.lane.name, *cell) in keys
            ))
            for batch in order.batches
        ]  # fmt: skip
        listener: ResultSink[Said] = ResultSink(on_environment=lambda _: None, on_results=on_results)
        run_alone(kit, replace(order, batches=renumbered(batches)), listener)

    def _add(self, results: Sequence[CellResult]) -> None:
        with self._lock:
            for result in results:
                self._attempts[result.key].append(result)


def _settled(attempts: Sequence[CellResult]) -> CellResult:
    """What is to be recorded of a cell that nobody has expectations of, by all that it gave."""
    # The same twice alone and another thing in company: it is the company that made the difference.
    alone = [attempt for attempt in attempts if attempt.isolated]
    return attempts[-1] if _agree(alone) else flaky(attempts)


def _agree(attempts: Sequence[CellResult]) -> bool:
    """Return whether attempts say the same.

    That nothing was seen in company, on a machine with much to do say, does not contradict what was seen alone of the
    same failure: a coroutine that nobody awaited is told of when it is collected.
    """
    seen = [attempt for attempt in attempts if attempt.isolated or attempt.mechanism != _NOTHING_SEEN] or attempts
    outcomes = {attempt.outcome for attempt in attempts}
    return len(outcomes) <= 1 and len({_shown(attempt) for attempt in seen}) <= 1


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
