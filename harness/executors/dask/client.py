"""Runs the cells of a plan by the workers of a Dask cluster, one environment a unit of work.

Every unit is submitted at once and goes to a worker that offers its platform and Python. Dask gives the work of a lost
worker to another. Units have names that the same command finds again, and are published, so that they go on while
nobody asks for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from distributed import Client, Future, KilledWorker, Variable

from harness.executors.dask.bundles import bundle_of, name_of
from harness.executors.dask.cluster import Cluster, SchedulerLostError
from harness.executors.dask.messages import (
    KnownMarks,
    Message,
    RunContext,
    Task,
    TaskReport,
    TaskStarted,
    digest,
    offered,
    pack,
    unpack,
)
from harness.executors.dask.placement import OpenTask, OpenTasks
from harness.executors.dask.tasks import cancel_tasks, run_task
from harness.model.outcome import Outcome
from harness.plan.plan_records import PlannedEnvironment
from harness.runner.coordinator import RunCoordinator
from harness.store.run_store import Seconds

LOOK = 2.0
"""Seconds between two looks at which workers there are."""
LOSSES = 3
"""Workers that may be lost while they work on one unit; then it is given up."""


class DaskExecutor:
    """Gives the environments of a plan to the workers of a cluster."""

    def __init__(
        self,
        cluster: Cluster,
        context: RunContext,
        folders: Sequence[Path],
        *,
        known: Callable[[str], KnownMarks],
        whose: str,
        say: Callable[[str], object],
    ) -> None:
        """`known`: what earlier runs know of an environment, by its id. `whose` tells apart those who ask the same.

        `say` tells people something in one line.
        """
        self._cluster = cluster
        bundles = [bundle_of(folder) for folder in folders]
        self._parcels = {name_of(bundle): bundle for bundle in bundles}
        self._context = replace(context, folders=tuple(map(name_of, bundles)))
        self._known = known
        self._say = say
        self._run = f"scrapy-compat-{digest(whose, self._context.identity)}"
        self.missing: dict[str, str] = {}
        self.given_up: dict[str, str] = {}

    def run(self, environments: Sequence[PlannedEnvironment], execution: RunCoordinator) -> None:
        """Run to the end. On any exception (Ctrl-C too) the units are cancelled; `SchedulerLostError` without one."""
        client = self._cluster.client()
        with _Session(client, self._run, execution, self, self._say) as session:
            session.put({self._run: self._context, **self._parcels})
            session.submit([Task(environment=each, known=self._known(each.id)) for each in environments])
            execution.listen(session.tick)


class _Session:
    """One connection to a cluster, and the units of a run there. Its methods are for the main thread."""

    def __init__(
        self, client: Client, run: str, execution: RunCoordinator, executor: DaskExecutor, say: Callable[[str], object]
    ) -> None:
        self._client = client
        self._run = run
        self._execution = execution
        self._missing = executor.missing
        self._given_up = executor.given_up
        self._say = say
        self._kept: list[str] = []
        self._futures: dict[str, Future[bytes]] = {}
        self._placing = OpenTasks()
        self._looked = 0.0
        self._ours: list[str] = []
        """Addresses of the workers that can do something for us."""
        self._foreign: list[str] = []
        """Of those that cannot because their harness is another one."""

    def __enter__(self) -> _Session:  # noqa: PYI034 (Self is new in Python 3.11)
        self._client.subscribe_topic(self._run, self._heard)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for work in self._placing.open:
            work.recording.flush()
        if kind is not SchedulerLostError:
            # Whatever is not answered now is the scheduler's to forget; the run itself is over.
            with suppress(Exception):
                self._leave(finished=kind is None)
        with suppress(Exception):
            self._client.close(timeout=2)

    def _leave(self, *, finished: bool) -> None:
        self._client.unsubscribe_topic(self._run)
        self._client.cancel(list(self._futures.values()), reason="run-ended")
        self._client.unpublish_dataset(list(self._futures))
        if not finished and self._ours:
            self._client.run(cancel_tasks, self._run, workers=self._ours, on_error="ignore")
        for name in self._kept:
            self._variable(name).delete()

    def put(self, contents: Mapping[str, object]) -> None:
        """Have the scheduler keep what workers ask it for."""
        with self._asking():
            for name, content in contents.items():
                self._kept.append(name)
                self._variable(name).set(pack(content))

    def _variable(self, name: str) -> Variable:
        return Variable(name, client=self._client)

    def submit(self, tasks: Sequence[Task]) -> None:
        """Give units to whoever can do them, the first first; those that nobody can wait for a while."""
        for task in tasks:
            self._placing.add(task, self._execution)
        self._look()

    def tick(self) -> None:
        """See that the scheduler is there, which workers are, and what they can do."""
        if self._client.status != "running":
            raise self._lost()
        if time.monotonic() - self._looked >= LOOK:
            self._look()

    def _look(self) -> None:
        with self._asking():
            workers = self._client.scheduler_info()["workers"]
        self._looked = time.monotonic()
        offers = {address: offered(worker["resources"]) for address, worker in workers.items()}
        self._ours = [address for address, (ours, _) in offers.items() if ours]
        foreign = [address for address, (ours, other) in offers.items() if other and not ours]
        for address in set(foreign) - set(self._foreign):
            self._say(f"worker {address} is left out: its harness is not the one of this command")
        self._foreign = foreign
        self._start(self._placing.placeable({offer for ours, _ in offers.values() for offer in ours}))
        for work, reason in self._placing.hopeless(foreign):
            status = Outcome.NOT_RUN if work.begun else Outcome.MISSING_INTERPRETER
            if status is Outcome.MISSING_INTERPRETER:
                self._missing[f"{work.task.environment.platform} {work.task.environment.python}"] = reason
            self._refuse(work, status, reason)

    def _start(self, works: Sequence[OpenTask]) -> None:
        started: dict[Any, Future[bytes]] = {}
        for work in works:
            key = work.key(self._run)
            future = self._client.submit(
                run_task, self._run, pack(work.task), key=key, resources=work.resources, priority=-work.place
            )
            started[key] = self._futures[key] = future
        if started:
            with self._asking():
                self._client.publish_dataset(started, override=True)
        for work, (key, future) in zip(works, started.items(), strict=True):
            future.add_done_callback(lambda done, w=work, k=key: self._execution.post(lambda: self._ended(w, k, done)))

    # What comes

    def _heard(self, event: tuple[float, bytes]) -> None:
        """Called by the client's own thread."""
        environment, attempt, message = unpack(event[1])
        self._execution.post(lambda: self._hear(environment, attempt, message))

    def _hear(self, environment: str, _attempt: str, message: Message) -> None:
        work = self._placing.by_environment(environment)
        if work is None:
            return
        if isinstance(message, TaskStarted):
            work.begun[message.attempt] = message.worker
            self._execution.building(environment)
        else:
            work.recording.hear(message)

    def _ended(self, work: OpenTask, key: str, future: Future[bytes]) -> None:
        if self._placing.by_environment(work.task.environment.id) is not work:
            return
        if future.status == "cancelled":
            raise self._lost()
        if future.status == "error":
            error = future.exception()
            if not isinstance(error, KilledWorker):
                self._refuse(work, Outcome.NOT_RUN, f"the cluster could not run it: {type(error).__name__}: {error}")
            elif len(work.begun) >= LOSSES:
                lost = ", ".join(dict.fromkeys(work.begun.values()))
                self._refuse(work, Outcome.NOT_RUN, f"{len(work.begun)} workers were lost that worked on it: {lost}")
            else:
                # Dask counts whatever waited for a worker that was lost as well.
                self._again(work, key)
            return
        with self._asking():
            report: TaskReport = unpack(future.result())
        if report.cancelled:
            self._again(work, key)
        elif report.problem is not None:
            self._refuse(work, Outcome.NOT_RUN, f"worker {report.worker}: {report.problem}")
        elif not self._recorded(work, report) and not work.repeated:
            # It was begun for a client that knew more than this one.
            work.repeated = True
            self._again(work, key)
        else:
            self._done(work, key, report.seconds if report.told else None)

    def _recorded(self, work: OpenTask, report: TaskReport) -> bool:
        """Record what a report holds; whether that is all that was wanted."""
        whole = work.recording.end(report)
        if work.recording.mixed:
            workers = ", ".join(dict.fromkeys([*work.begun.values(), report.worker]))
            self._say(f"{work.task.environment.id}: workers with other builds or packages shared it: {workers}")
        return whole

    def _again(self, work: OpenTask, key: str) -> None:
        self._forget(key)
        work.times += 1
        self._start([work])

    def _refuse(self, work: OpenTask, status: Outcome, reason: str) -> None:
        work.refuse(status, reason)
        self._given_up[work.task.environment.id] = reason
        self._done(work, work.key(self._run))

    def _done(self, work: OpenTask, key: str, seconds: Seconds | None = None) -> None:
        self._placing.done(work)
        self._execution.done(work.task.environment.id, seconds)
        self._forget(key)

    def _forget(self, key: str) -> None:
        """Let the cluster forget a unit that has been recorded, or that is begun anew under another name."""
        future = self._futures.pop(key, None)
        if future is not None:
            with self._asking():
                self._client.unpublish_dataset(key)

    def _asking(self) -> _Asking:
        return _Asking(self._lost)

    def _lost(self) -> SchedulerLostError:
        return SchedulerLostError(
            value=f"the scheduler {self._client.scheduler.address if self._client.scheduler else ''}".rstrip(),
            cause="the connection to it was lost, or it has forgotten this run; what had come is stored",
            action="see that it runs, and run the same command again: it takes up what is known by then",
        )


class _Asking:
    """Within it a question that the scheduler does not answer says that it is lost."""

    def __init__(self, lost: Callable[[], SchedulerLostError]) -> None:
        self._lost = lost

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        # Dask's errors of lost connections are OSErrors; one of a cancelled question is asyncio's.
        if isinstance(error, (OSError, TimeoutError)) or (kind is not None and kind.__name__ == "CancelledError"):
            raise self._lost() from error
