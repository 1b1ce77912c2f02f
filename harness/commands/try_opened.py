"""How `try` begins: a target is copied, read and planned, and nothing of it has run yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from harness.infra.errors import ConfigurationError, ExitCode, HarnessError
from harness.infra.platforms import current_platform
from harness.infra.resources import cache_directory, target_state
from harness.interpreters.downloads import PythonDownloads, Say
from harness.judge.judge_files import vocabulary
from harness.runner.runtimes import Stocks, stocks_of
from harness.runner.time_budget import TimeBudget, stop_after
from harness.targets.checks import LOAD, PLAIN, SUITE, project_checks
from harness.targets.declarations import Declarations, declare_project, read_declarations
from harness.targets.scrapy_project import chosen_folder, read_project
from harness.targets.settings import TargetSettings, read_settings
from harness.targets.snapshot import Snapshot, take_snapshot
from harness.targets.target_plan import (
    AskedChecks,
    compared_releases,
    control_places,
    lanes_of,
    places_of,
    target_workspace,
)
from harness.targets.tried_target import ReadTarget
from harness.targets.upgrade_path import controls_of, path_of, today_of, with_locked_release
from harness.workspace import Filters, Workspace

_NO_END = ("none", None)
_TEN_MINUTES = ("10m", 600.0)


class NothingToTryError(HarnessError):
    """No interpreter that is here can have the target."""

    exit_code = ExitCode.INCOMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class TryOptions:
    """What `try` was asked for."""

    target: str
    filters: Filters
    state: Path | None
    """Where runs are kept; of several targets a folder for each in it. None: a folder of the user's."""
    matrix: Path | None
    jobs: int
    fresh: bool
    upgrade: bool
    network: bool
    checks: tuple[str, ...]
    """`load`, `suite`, `contracts`; empty: all that the target has."""
    budget: tuple[str, float | None] | None
    """The time for what is not the control, as it was written and in seconds; (`none`, None): there is no end; None: it
    was not written."""
    requirements: tuple[str, ...]
    """What the tests need beside what was found."""
    arguments: tuple[str, ...]
    """What pytest is given beside what was found."""
    words: tuple[str, ...]
    """The options as they were written, without those that name targets and `state`."""
    out: Path | None = None
    """Folder for the report; None: that of the runs."""
    project: str | None = None
    """The folder of a Scrapy project in the target; None: found."""
    against: str | None = None
    """A release of Scrapy that the one that is asked for is compared with."""
    taken: frozenset[Path] | None = None
    """Of one of several targets: the folders of runs that those before it have. None: it is alone."""

    @property
    def time(self) -> tuple[str, float | None]:
        """Return the time for what is not the control: who has chosen what is asked is given all of it."""
        chosen = self.filters.any or bool(self.checks) or self.against is not None
        return self.budget or (_NO_END if chosen else _TEN_MINUTES)

    def time_budget(self) -> TimeBudget:
        """Return the end of that time, which begins now."""
        text, seconds = self.time
        return stop_after(seconds, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedTarget:
    """A target on this machine."""

    options: TryOptions
    loaded: Workspace
    """The matrix, and the checks among the scenarios; they know of no target yet."""
    stocks: Stocks
    asked: AskedChecks
    """What is asked everywhere."""
    read: ReadTarget
    compared: tuple[str, str] | None
    """The releases of Scrapy, before and after, that are compared."""


@contextmanager
def opened_target(options: TryOptions, say: Say) -> Iterator[OpenedTarget]:
    """Give a target that is copied, read and planned, with what this machine has for it; nothing of it has run yet.

    Raises `ConfigurationError`, `StorageError`, `IndexUnavailableError`; `NothingToTryError` where no Python of this
    machine can have it.
    """
    platform = current_platform()
    loaded = target_workspace(options.matrix)
    spec = loaded.spec
    compared = None if options.against is None else compared_releases(loaded, options.filters, options.against)
    filters = options.filters if compared is None else replace(options.filters, scrapy=compared)
    snapshot = take_snapshot(
        options.target, cache_directory(), without=[each for each in (options.state, options.out) if each is not None]
    )
    settings = read_settings(snapshot.source, [lane.name for lane in spec.lanes], asked=options.target)
    settings = msgspec.structs.replace(settings, network=settings.network or options.network)
    declared = _declared(options, snapshot, settings)
    state = _own_state(options, declared.name, snapshot)
    suite = declared.has_tests and (not options.checks or "suite" in options.checks)
    wanted = {platform: [python.key for python in spec.pythons]}
    with stocks_of(wanted, cache_directory(), downloads=PythonDownloads.NEVER, say=say) as stocks:
        here = stocks[platform].interpreters.available.keys()
        project = declared.project
        if project is not None:
            spec = with_locked_release(spec, project)
            loaded = replace(loaded, spec=spec, known=vocabulary(spec, loaded.scenarios))
            today = today_of(spec, platform, here, project)
            controls = controls_of(spec, platform, today) if today is not None else ()
            places = path_of(spec, platform, here, today, filters) if today is not None else ()
            checks = project_checks(project, options.checks)
        else:
            controls = control_places(spec, platform, here, declared)
            places = places_of(spec, platform, here, declared, filters)
            checks = (LOAD, PLAIN, SUITE) if suite else (LOAD,)
        if not controls:
            raise _nothing_to_try(declared)
        asked = AskedChecks(
            places=places, lanes=lanes_of(spec, platform, settings.lanes, filters), checks=checks, filters=filters
        )
        read = ReadTarget(
            snapshot=snapshot,
            settings=settings,
            declared=declared,
            controls=tuple(controls),
            plan=asked.planned(loaded, platform),
            suite=suite,
            state=state,
            command=_command(options, declared.name, state),
            budget=options.time[0],
        )
        yield OpenedTarget(options=options, loaded=loaded, stocks=stocks, asked=asked, read=read, compared=compared)


def _declared(options: TryOptions, snapshot: Snapshot, settings: TargetSettings) -> Declarations:
    source, asked = snapshot.source, options.target
    folder = chosen_folder(source, options.project, asked=asked)
    if folder is None:
        declared = read_declarations(source, settings, asked=asked, called=snapshot.name)
        return declared.given(options.arguments, source).needing(options.requirements)
    if options.arguments:
        raise ConfigurationError(
            value=f"-- {' '.join(options.arguments)}",
            cause=f"is for pytest, and {asked} is a Scrapy project, whose spiders are tried",
            action="leave it out; arguments of spiders stand in [tool.scrapy-compat.spiders.NAME] of pyproject.toml",
        )
    project = read_project(source, folder, settings, asked=asked).needing(options.requirements)
    name = f"{snapshot.name}-{folder.replace('/', '-')}" if folder else snapshot.name
    return declare_project(source / folder, project, settings, called=name)


def _own_state(options: TryOptions, name: str, snapshot: Snapshot) -> Path:
    """Return where the runs of a target are kept; of two targets of one name the second has its digest in it."""
    if options.taken is None:
        return options.state or target_state(name)
    root = options.state or target_state(name).parent
    return root / (name if root / name not in options.taken else f"{name}-{snapshot.digest[:8]}")


def _command(options: TryOptions, name: str, state: Path) -> tuple[str, ...]:
    """Return the words that try a target alone, after the name of the program."""
    kept = () if state == target_state(name) else ("--state", str(state))
    given = ("--", *options.arguments) if options.arguments else ()
    return ("try", options.target, *options.words, *kept, *given)


def _nothing_to_try(declared: Declarations) -> NothingToTryError:
    return NothingToTryError(
        value=f"{declared.name}: Python {declared.requires_python or 'any'}, Scrapy {declared.scrapy or 'any'}",
        cause="is no combination in which a crawl starts with the Pythons of this machine",
        action="install another Python (`scrapy-compat pythons` tells how), or look at what it declares",
    )
