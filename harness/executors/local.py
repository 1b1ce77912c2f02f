"""Runs the cells of a plan on this machine, many environments at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from harness.environments.provider import ProvidedEnvironment, environment_result
from harness.plan.model import PlannedEnvironment
from harness.process import running as process
from harness.results import CellResult, EnvironmentResult, Outcome
from harness.runner.cellprocess import Kit
from harness.runner.environment import Order
from harness.runner.execution import Execution
from harness.runner.stopping import NEVER, Stop
from harness.runner.workshop import Hearing, Workshop


class LocalExecutor:
    """Provides environments and runs their cells here."""

    def __init__(self, workshop: Workshop, kit: Kit, *, jobs: int, stop: Stop = NEVER) -> None:
        """`jobs`: environments at once. What has begun when `stop` comes is brought to its end."""
        self._workshop = workshop
        self._kit = kit
        self._jobs = jobs
        self._stop = stop

    def run(self, environments: Sequence[PlannedEnvironment], execution: Execution) -> None:
        """Run to the end. On any exception (Ctrl-C too) all processes are killed."""
        self._execution = execution
        with (
            ThreadPoolExecutor(self._jobs, "provide") as providers,
            ThreadPoolExecutor(self._jobs, "run") as self._runners,
            ThreadPoolExecutor(self._jobs, "suspects") as self._suspects,
        ):
            try:
                for environment in environments:
                    execution.watch(providers.submit(self._provide, environment))
                execution.listen()
            except BaseException:
                self._kit.cancelled.set()
                for pool in (providers, self._runners, self._suspects):
                    pool.shutdown(wait=False, cancel_futures=True)
                process.sweep()
                raise

    # In the worker threads

    def _provide(self, environment: PlannedEnvironment) -> None:
        run = self._execution
        if self._stop.over():
            run.post(lambda: self._not_begun(environment))
            return
        run.post(lambda: run.building(environment.id))
        began = time.monotonic()
        provided = self._workshop.provide(environment, on_lock=lambda: run.post(lambda: run.resolved(environment.id)))
        making = time.monotonic() - began
        run.post(lambda: self._provided(environment, provided, making))

    def _run(self, environment: PlannedEnvironment, provided: ProvidedEnvironment, order: Order, making: float) -> None:
        run, began = self._execution, time.monotonic()
        run.post(lambda: run.running(environment.id))
        hearing = Hearing(on_attested=self._attested, on_results=self._results)
        rest = self._workshop.run(self._kit, provided, order, hearing)

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

    def _provided(self, environment: PlannedEnvironment, provided: ProvidedEnvironment, making: float) -> None:
        run = self._execution
        todo = run.provided(environment, provided.result, provided.overlays)
        processes = max(1, self._jobs // run.open)
        order = (
            None
            if todo is None
            else self._workshop.order(environment, provided, todo, processes=processes, stop=self._stop)
        )
        if order is None:
            run.done(environment.id)
        else:
            run.watch(self._runners.submit(self._run, environment, provided, order, making))
