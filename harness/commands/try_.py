"""What `try` does with a target that is read: build it, import it everywhere, run the control, run the rest, answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.commands.run_options import RunOptions
from harness.commands.try_answer import answered
from harness.commands.try_opened import OpenedTarget
from harness.commands.try_project import try_project
from harness.environments.locks import Locks
from harness.infra.errors import ExitCode, HarnessError
from harness.infra.files import cache_errors
from harness.infra.platforms import current_platform
from harness.infra.resources import BASELINES, cache_directory
from harness.model.ids import EnvironmentId
from harness.model.outcome import Outcome
from harness.plan.coverage import SamplingRequest
from harness.plan.plan_records import Plan
from harness.runner.progress import RunProgress
from harness.runner.time_budget import UNLIMITED, TimeBudget
from harness.scenarios.catalogue import load_scenarios
from harness.store.run_directory import Runs
from harness.targets.check_order import check_order
from harness.targets.checks import (
    CONTROL,
    LOAD,
    Control,
    checks_folder,
    control_of,
    import_fingerprint,
    shipped_checks,
)
from harness.targets.minima import LOWEST, lowest_of, with_lowest
from harness.targets.pre_releases import NEXT, next_of
from harness.targets.target_answer import TargetAnswer
from harness.targets.target_plan import TRY, AskedChecks, Place, lanes_of, with_target
from harness.targets.tried_target import TriedTarget
from harness.targets.upgrade_path import with_project
from harness.targets.wheel import BuiltTarget, build_target, unbuilt_project
from harness.workspace import Filters, PlannedRun, Workspace

_STOPS = 3
"""Releases with which a suite is stopped although the target imports: what stops it there is seldom Scrapy."""
RunChecks = Callable[[RunOptions, PlannedRun, TimeBudget], str]
"""Runs what is planned on this machine and stores it; returns the id of the run that knows it."""
_WHOLE = Filters()
TellFirst = Callable[[TriedTarget, TargetAnswer], object]
"""Hears what the imports everywhere say, before any test runs elsewhere."""


class ControlNotRunError(HarnessError):
    """Nothing can be compared: the control was not run, since the index was not reached or the machine was at fault."""

    exit_code = ExitCode.INCOMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """What everything else is compared with."""

    control: Control
    place: Place
    passed_over: tuple[tuple[Place, str], ...] = ()
    """Where it was tried before, and why it is nothing to compare with."""


class TargetRun:
    """Runs the checks of a target: its imports everywhere first, which are the first answer, then its tests."""

    def __init__(self, opened: OpenedTarget, run: RunChecks, progress: RunProgress) -> None:
        """`run`: what runs a plan and stores it."""
        self._opened = opened
        self._read = opened.read
        self._run_planned = run
        self._progress = progress
        self._stop = opened.options.time_budget()
        # What this very command has measured is never measured again.
        self._ignored = frozenset(Runs(opened.read.state).ids()) if opened.options.fresh else frozenset()
        self._seen = frozenset[str]()
        declared = self._read.declared
        self._project = declared.project
        if self._project is not None:
            self._built = unbuilt_project(declared.name, declared.version, self._project.package)
            return
        progress.step(f"building {declared.name}")
        interpreter = opened.stocks[current_platform()].interpreters.found[self._read.controls[0].python.key]
        self._built = build_target(self._read.snapshot, Path(interpreter.path))

    def tried(self, tell: TellFirst) -> TriedTarget:
        """Run everything; raises as what runs a plan. `tell` hears the first answer, where tests are run after it."""
        if self._project is not None:
            lane = lanes_of(self._opened.loaded.spec, current_platform(), (), Filters())[0]
            return try_project(
                self._read, self._opened.asked, self._asked_of_project, self._progress, built=self._built, lane=lane,
                tell=lambda first: tell(first, answered(first, self._opened.compared)),
            )  # fmt: skip
        compared, asked, made = self._compared(self._read.controls, (LOAD,)), self._opened.asked, frozenset[str]()
        if self._read.suite:
            lane = self._common_lane()
            # Who names cells wants these and nothing before.
            if lane and not (asked.filters.cell or asked.filters.scenario):
                first = self._imported(compared, lane)
                tell(first, answered(first, self._opened.compared))
                made = self._made(first.run_id)
            compared = self._tested(compared)
        checks = (LOAD,) if compared.control.stopped else asked.checks
        self._progress.step("its tests" if checks != (LOAD,) else "its imports")
        # What was only imported is there, and known, however little time is left.
        run_id = self._run(
            replace(asked, checks=checks), compared.control, replace(self._stop, made=made), first=compared.place
        )
        return self._tried(compared, run_id)

    def _asked_of_project(self, asked: AskedChecks, control: Control | None, first: Place) -> str:
        """Run what is asked of a project: without a control it is to be that, which is run whatever time is left."""
        if control is not None:
            whole = asked.checks == self._opened.asked.checks
            part = _WHOLE if whole else Filters(lane=tuple(asked.lanes))
            run_id = self._run(asked, control, replace(self._stop, made=self._seen), first=first, part=part)
            # What was started there once is there, however little time is left.
            self._seen = self._made(run_id)
            return run_id
        part = Filters(python=(first.python.key,), scrapy=(first.scrapy.label,))
        return self._run(asked, None, UNLIMITED, first=first, part=part)

    def _common_lane(self) -> str:
        """Return the lane that most environments have; empty where none has any that can run."""
        lanes = Counter(
            name
            for each in self._read.plan.environments
            for name in dict.fromkeys(lane.name for lane in each.lanes if lane.status is None)
        )
        return max(lanes, key=lanes.__getitem__, default="")

    def _imported(self, compared: _Compared, lane: str) -> TriedTarget:
        """Import it everywhere in one lane: that tells most of it, and soon."""
        self._progress.step("its imports, everywhere")
        asked = replace(self._opened.asked, checks=(LOAD,), lanes=(lane,))
        run_id = self._run(asked, compared.control, self._stop, first=compared.place, part=Filters(lane=(lane,)))
        return self._tried(compared, run_id)

    def _tried(self, compared: _Compared, run_id: str) -> TriedTarget:
        return TriedTarget(
            read=self._read,
            built=self._built,
            control=compared.control,
            control_at=compared.place,
            passed_over=compared.passed_over,
            run_id=run_id,
        )

    def _tested(self, imported: _Compared) -> _Compared:
        """Return the control with its tests; that of the imports was found before."""
        controls = self._read.controls
        places = controls[:1] if imported.control.broken else controls[controls.index(imported.place) :]
        found = self._compared(places, (CONTROL, LOAD))
        return replace(found, passed_over=(*imported.passed_over, *found.passed_over))

    def _compared(self, places: Sequence[Place], checks: tuple[str, ...]) -> _Compared:
        """Return the newest control that something can be compared with, where that is, and what was passed over.

        Raises `ControlNotRunError` where not even the first import was run.
        What the newest Scrapy breaks is compared with what it was before. Where none is any better it is the newest.
        """
        broken: list[tuple[Place, Control]] = []
        for place in places:
            what = "its tests, twice, as its author runs them" if CONTROL in checks else "its import"
            self._progress.step(f"the control, Scrapy {place.scrapy.label}: {what}")
            control, not_run = self._control_at(place, checks)
            if not_run and checks == (LOAD,):
                raise ControlNotRunError(
                    value=f"the control of {self._built.name}, {place.told}",
                    cause=f"was not run, and there is nothing to compare with: {not_run}",
                    action="run the same command again when that is mended",
                )
            if not control.broken:
                passed_over = tuple((where, each.broken) for where, each in broken)
                return _Compared(control=control, place=place, passed_over=passed_over)
            broken.append((place, control))
            if not_run or sum(each.broken == each.stopped for _, each in broken) == _STOPS:
                break
        # With one that imports imports can be compared at least.
        best = next((number for number, (_, each) in enumerate(broken) if each.broken == each.stopped), 0)
        passed_over = tuple((where, each.broken) for where, each in broken[:best])
        return _Compared(control=broken[best][1], place=broken[best][0], passed_over=passed_over)

    def _control_at(self, place: Place, checks: tuple[str, ...]) -> tuple[Control, str]:
        """Return what checks give in a place, and why they were not run where no older release could change that."""
        platform = current_platform()
        lanes = lanes_of(self._opened.loaded.spec, platform, (), Filters())[:1]
        asked = AskedChecks(places=[place], lanes=lanes, checks=checks, filters=Filters())
        # Without it nothing can be said of anything: it is run however little time there is.
        part = Filters(python=(place.python.key,), scrapy=(place.scrapy.label,))
        run_id = self._run(asked, None, UNLIMITED, first=place, part=part)
        with Runs(self._read.state).open(run_id) as store:
            environments = store.environments(locks=False).values()
            found = {key.scenario: store.cell(key) for key in store.keys()}
        reasons = [f"{each.status}: {each.reason}" for each in environments if each.status is not None]
        obstacle = [*reasons, "it was not run"][0] if CONTROL in checks else ""
        not_run = next((str(each.reason) for each in environments if each.status is Outcome.NOT_RUN), "")
        return control_of(found.get(LOAD), found.get(CONTROL), obstacle), not_run

    def _made(self, run_id: str) -> frozenset[str]:
        """Return the ids of the environments that a run has looked at."""
        with Runs(self._read.state).open(run_id) as store:
            environments = store.environments(locks=False).values()
        return frozenset(each.id for each in environments if each.status is not Outcome.NOT_RUN)

    def _run(
        self, asked: AskedChecks, control: Control | None, stop: TimeBudget, *, first: Place, part: Filters = _WHOLE
    ) -> str:
        """Run what is asked, compared with a control; return the id of the run that knows it.

        `first`: where it is asked first. `part`: what of the whole it is.
        """
        options, read, built, platform = self._opened.options, self._read, self._built, current_platform()
        folder = checks_folder(read.snapshot, built, read.declared, control, read.settings)
        loaded = self._with_checks(folder, control)
        needed = (*built.requirements(read.settings.extras), *(read.declared.test_requirements if read.suite else ()))
        target = f"{built.told} ({read.snapshot.revision})"
        plan = asked.planned(loaded, platform)
        plan = with_lowest(plan, _held_versions(self._opened, built, plan))
        environments = [EnvironmentId.parse(each.id) for each in plan.environments]
        planned = PlannedRun(
            loaded=loaded,
            plan=with_target(plan, needed, target)
            if self._project is None
            else with_project(plan, self._project, target),
            filters=Filters(),
            platforms=(platform,),
            order=check_order(environments, first.environment(platform)),
        )
        run_options = RunOptions(
            plan=TRY,
            filters=part,
            sampling=SamplingRequest(cover=None, budget=None, seconds=None),
            jobs=options.jobs,
            isolate=False,
            fresh=False,
            ignored=self._ignored,
            upgrade=options.upgrade,
            deadline=5.0,
            install_pythons=False,
            out=None,
            state=read.state,
            matrix=options.matrix,
            baselines=read.state / BASELINES,
            scenarios=(folder,),
            command=read.command,
        )
        return self._run_planned(run_options, planned, stop)

    def _with_checks(self, folder: Path, control: Control | None) -> Workspace:
        """Return the workspace with the checks of a folder in place of those that know no target."""
        loaded = self._opened.loaded
        own = {name: each for name, each in loaded.scenarios.items() if each.path.parent != shipped_checks()}
        checks = load_scenarios((folder,))
        mark = import_fingerprint(self._built, self._read.declared, control)
        checks[LOAD] = replace(checks[LOAD], fingerprint=mark)
        return replace(loaded, folders=(folder, loaded.folders[-1]), scenarios={**own, **checks})


def _held_versions(opened: OpenedTarget, built: BuiltTarget, plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return what is held in the environments of a plan that ask for the lowest, or the next. Raises `StorageError`."""
    ways = {LOWEST.name: lowest_of, NEXT.name: next_of}
    held = [each for each in plan.environments if each.profile in ways and each.status is None]
    if not held:
        return {}
    interpreters = opened.stocks[current_platform()].interpreters.found
    with cache_errors(cache_directory()):
        locks = Locks(cache_directory(), refresh=opened.options.upgrade)
        return {each.id: ways[each.profile](each, built.requires, interpreters[each.python], locks) for each in held}
