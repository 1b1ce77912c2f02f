"""Follows what one process of the kit writes: gathers it by batch, and hands each batch on when it has ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.infra.process.endings import exit_name
from harness.runner.wire import (
    BATCH_LIMIT,
    BatchOutcome,
    DamagedLineError,
    EndReport,
    EnvironmentReport,
    Message,
    UnusableReport,
    add,
    decode,
)
from harness.runner.work import Batch, ProcessRequest

BatchEnd = Callable[[Batch, BatchOutcome], None]
"""Called as soon as nothing more will be heard of a batch, from the thread that runs the process."""
OnEnvironment = Callable[[EnvironmentReport | UnusableReport], None]


class BatchFollower:
    """Gathers messages by batch and hands each batch on when its end was reported.

    What a batch may not say is damage of that batch: nothing of it is believed, and no other is touched.
    """

    def __init__(self, request: ProcessRequest, on_environment: OnEnvironment, on_end: BatchEnd) -> None:
        self._open = {batch.number: (batch, BatchOutcome()) for batch in request.batches}
        self._limit = BATCH_LIMIT * max(1, len(request.batches))
        self._children_attest = request.start == "bare"
        self._on_environment = on_environment
        self._on_end = on_end
        self._attested: EnvironmentReport | UnusableReport | None = None

    @property
    def open(self) -> Sequence[Batch]:
        """Return the batches of which more may be heard."""
        return [batch for batch, _ in self._open.values()]

    def take(self, lines: Sequence[bytes]) -> bool:
        """Take completed lines; whether one of them said something new. Empty ones are signs of life."""
        news = [self._take(line) for line in lines if line]
        return any(news)

    def is_flooded(self, size: int) -> bool:
        """Return whether `size` bytes are more than all batches together may write."""
        return size > self._limit

    def _take(self, line: bytes) -> bool:
        try:
            origin, message = decode(line)
            return self._heard(origin, message)
        except DamagedLineError as damage:
            # Where it cannot be known whose line it is, it may be anybody's.
            for number in [damage.batch] if damage.batch is not None else list(self._open):
                if number in self._open:
                    outcome = self._open[number][1]
                    outcome.damage = outcome.damage or damage.why
            return False

    def _heard(self, origin: int | None, message: Message) -> bool:
        if isinstance(message, EnvironmentReport | UnusableReport) and (origin is None or self._children_attest):
            if self._attested is not None:
                raise DamagedLineError(origin, "two lines are about the environment")
            self._attested = message
            self._on_environment(message)
            return True
        if isinstance(message, EndReport):
            if origin is not None:
                raise DamagedLineError(origin, "a batch has told of its own end")
            origin = message.batch
        if origin is None or origin not in self._open:
            return False
        batch, outcome = self._open[origin]
        add(outcome, batch, message)
        if isinstance(message, EndReport):
            self._close(message)
        return True

    def _close(self, end: EndReport) -> None:
        batch, outcome = self._open.pop(end.batch)
        if self._attested is None:
            self._never_attested(end)
        if isinstance(self._attested, EnvironmentReport):
            self._on_end(batch, outcome)

    def _never_attested(self, end: EndReport) -> None:
        """It ended before it had said what it is: it is its environment that does not work."""
        detail = " ".join(end.stderr.split())[-500:] or "the process said nothing"
        mechanism = f"signal-{end.signal}" if end.signal else f"exit-{exit_name(end.exit or 0)}"
        self._attested = UnusableReport(mechanism=mechanism, detail=detail, exception=end.stderr)
        self._on_environment(self._attested)

    def finish(self, ended: Callable[[int], EndReport]) -> None:
        """The process is over: what it did not report the end of ended with it, as `ended` says of a batch's number."""
        if self._attested is None:
            self._never_attested(ended(0))
        for number in list(self._open):
            self._open[number][1].end = ended(number)
            self._close(ended(number))
