"""Runs the cells of a plan on this machine, many environments at once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from harness.environments.provider import ProvidedEnvironment, environment_result
from harness.infra.process import supervisor as process
from harness.model.outcome import Outcome
from harness.model.result import CellResult, EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment
from harness.runner.cell_process import Kit
from harness.runner.coordinator import RunCoordinator
from harness.runner.environment_runner import EnvironmentRunner
from harness.runner.strategy import EnvironmentJob, ResultSink
from harness.runner.time_budget import UNLIMITED, TimeBudget


class LocalExecutor:
    """Provides environments and runs their cells here."""

    def __init__(
        self,
        environment_runner: EnvironmentRunner,
        kit: Kit,
        *,
        jobs: int,
        missing: Mapping[str, str],
        stop: TimeBudget = UNLIMITED,
    ) -> None:
        """`jobs`: environments at once. `missing`: interpreters that were not found.

        What has begun when `stop` comes is brought to its end.
        """
        self._environment_runner = environment_runner
        self._kit = kit
        self._jobs = jobs
        self._stop = stop
        self.missing = missing
        self.given_up: dict[str, str] = {}

    def run(self, environments: Sequence[PlannedEnvironment], execution: RunCoordinator) -> None:
        """Run to the end. On any exception (Ctrl-C too) all processes are killed."""
        self._execution = execution
        with (
            ThreadPoolExecutor(self._jobs, "provide") as self._providers,
            ThreadPoolExecutor(self._jobs, "run") as self._runners,
            ThreadPoolExecutor(self._jobs, "suspects") as self._suspects,
        ):
            try:
                for environment in environments:
                    execution.watch(self._providers.submit(self._provide, environment))
                execution.listen()
            except BaseException:
                self._kit.cancelled.set()
                for pool in (self._providers, self._runners, self._suspects):
                    pool.shutdown(wait=False, cancel_futures=True)
                process.sweep()
                raise

    # In the worker threads

    def _provide(self, environment: PlannedEnvironment, *, check: bool = False) -> None:
        run = self._execution
        # One that is only looked at once more was begun before.
        if not check and environment.id not in self._stop.made and self._stop.over():
            run.post(lambda: self._not_begun(environment))
            return
        run.post(lambda: run.building(environment.id))
        began = time.monotonic()
        provided = self._environment_runner.provide(
            environment, on_lock=lambda: run.post(lambda: run.resolved(environment.id)), check=check
        )
        making = time.monotonic() - began
        run.post(lambda: self._provided(environment, provided, making, checked=check or provided.made))

    def _run(
        self, environment: PlannedEnvironment, provided: ProvidedEnvironment, order: EnvironmentJob, making: float
    ) -> None:
        run, began = self._execution, time.monotonic()
        run.post(lambda: run.running(environment.id))
        sink = ResultSink(
            on_environment=self._attested,
            on_results=self._results,
            on_batch=lambda batch: run.post(lambda: run.asking(environment.id, batch.name)),
        )
        rest = self._environment_runner.run(self._kit, provided, order, sink)

        def finish() -> None:
            if rest is not None:
                rest()
            seconds = (making, time.monotonic() - began)
            # Where no process was begun in it, none has said what it is.
            run.post(lambda: run.attested(provided.result))
            run.post(lambda: run.done(environment.id, seconds))

        if rest is None:
            finish()
        else:
            # In a pool of its own: waiting for deadlines must not keep other environments from being run.
            run.watch(self._suspects.submit(finish))

    def _attested(self, result: EnvironmentResult) -> None:
        self._execution.post(lambda: self._execution.attested(result))

    def _results(self, results: Sequence[CellResult]) -> None:
        self._execution.post(lambda: self._execution.results(results))

    # In the main thread

    def _not_begun(self, environment: PlannedEnvironment) -> None:
        reason = self._stop.reason
        self._execution.attested(environment_result(environment, status=Outcome.NOT_RUN, reason=reason))
        self._execution.done(environment.id)

    def _provided(
        self, environment: PlannedEnvironment, provided: ProvidedEnvironment, making: float, *, checked: bool
    ) -> None:
        run = self._execution
        if (
            not checked
            and provided.python is not None
            and not run.knows_all(environment, provided.result, provided.overlays)
        ):
            # What may be run in it, and be different, has to be what was installed.
            run.watch(self._providers.submit(self._provide, environment, check=True))
            return
        pending = run.provided(environment, provided.result, provided.overlays)
        processes = max(1, self._jobs // run.open)
        order = (
            None
            if pending is None
            else self._environment_runner.order(environment, provided, pending, processes=processes, stop=self._stop)
        )
        if order is None:
            run.done(environment.id)
        else:
            run.watch(self._runners.submit(self._run, environment, provided, order, making))
