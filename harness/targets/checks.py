"""The folder of scenarios that asks a target: the checks of the kit, and what they have to know of it.

It is a folder of a user's scenarios like any other: planned, fingerprinted, run and rerun by what does that for all.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness.infra.errors import ConfigurationError
from harness.infra.files import cache_errors, scratch_folder
from harness.infra.resources import scenarios_dir
from harness.infra.text import plural
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.model.suite import SuiteReport
from harness.targets.declarations import Declarations
from harness.targets.scrapy_project import ScrapyProject
from harness.targets.settings import TargetSettings
from harness.targets.snapshot import Snapshot
from harness.targets.wheel import BuiltTarget

CONTROL = "try_control"
LOAD = "try_load"
PLAIN = "try_plain"
SUITE = "try_suite"
SPIDERS = "try_spiders"
SPIDERS_LANE = "try_spiders_lane"
CONTRACTS = "try_contracts"
UNFORCED = frozenset({PLAIN, SPIDERS, CONTRACTS})
"""Checks that run the target as its author does, with nothing forced upon it."""
TESTED = frozenset({PLAIN, SUITE, SPIDERS, SPIDERS_LANE, CONTRACTS})
"""Checks that say more of a target than that it imports."""
CHECKS = frozenset({CONTROL, LOAD, *TESTED})


def shipped_checks() -> Path:
    """Return the folder of the checks as they come with the harness, without a target."""
    return scenarios_dir() / "kit" / "checks"


_START = 120.0
_TEST = 120.0
_LEAST_START = 60.0
_LEAST_TEST = 30.0
_SPIDER = 30
"""Seconds that a spider has to start, and to end."""
_SLOWER = 10.0
"""Times what the control took that a test may take elsewhere before it counts as hung."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What the checks give where the target's author runs them; everything else is told relative to that."""

    modules: Mapping[str, str]
    """Whether each module of the target imports: `passed` or `failed`, by name."""
    tests: Mapping[str, str]
    """Outcome by id; empty where there is no suite, or none that comes to its end."""
    flaky: tuple[str, ...]
    reactor_choices: tuple[str, ...]
    longest: float
    """Seconds of the longest test."""
    seconds: float
    stopped: str = ""
    """Why the suite is nothing to compare with; empty: it is, or there is none."""

    @property
    def broken(self) -> str:
        """Return why nothing can be compared with it; empty: something can."""
        tops = [name for name, outcome in self.modules.items() if outcome == "failed" and "." not in name]
        return f"{', '.join(tops)} does not import" if tops else self.stopped


def control_of(load: CellResult | None, suite: CellResult | None, obstacle: str) -> Control:
    """Return the control that two cells have measured; `obstacle`: why there are none, where that is so."""
    imported, tested = _report(load), _report(suite)
    complete = suite is not None and suite.outcome == Outcome.PASS and tested is not None
    stopped = "" if complete else obstacle if suite is None else f"{suite.outcome} {suite.mechanism}: {suite.detail}"
    failing = [] if tested is None else [test for test in tested.tests if test.outcome in {"failed", "error"}]
    if complete and failing and tested is not None and len(failing) == len(tested.tests):
        complete, stopped = False, f"none of its {plural(len(failing), 'test')} passes: {failing[0].message}"
    return Control(
        modules={} if imported is None else {test.id: test.outcome for test in imported.tests},
        tests={test.id: test.outcome for test in tested.tests} if complete and tested is not None else {},
        flaky=tuple(test.id for test in tested.tests if test.outcome == "flaky") if tested is not None else (),
        reactor_choices=() if tested is None else tested.reactor_choices,
        longest=0.0 if tested is None else tested.longest,
        seconds=0.0 if tested is None else tested.seconds,
        stopped=stopped,
    )


def project_control_of(spiders: CellResult | None, contracts: CellResult | None, obstacle: str) -> Control:
    """Return the control that the cells of a project have measured; `obstacle`: why there are none, if so."""
    found = control_of(None, spiders, obstacle)
    checked = _report(contracts)
    more = {} if checked is None else {test.id: test.outcome for test in checked.tests}
    return replace(found, tests={**found.tests, **more} if found.tests else {})


def _report(result: CellResult | None) -> SuiteReport | None:
    return None if result is None or result.evidence is None else result.evidence.suite


def checks_folder(
    snapshot: Snapshot, built: BuiltTarget, declared: Declarations, control: Control | None, settings: TargetSettings
) -> Path:
    """Return the folder of scenarios for a target, written unless it is there. Raises `StorageError`."""
    content = json.dumps(
        {
            "source": str(snapshot.source),
            "modules": built.modules,
            "arguments": declared.arguments,
            "environment": dict(sorted(declared.environment.items())),
            "network": settings.network,
            "control": None if control is None else _rounded(control),
            "limits": _limits(control, settings.timeout),
            **_of_project(declared.project, settings),
        },
        sort_keys=True,
    )
    folder = snapshot.source.parent / f"checks-{_shipped_digest(content)[:16]}"
    with cache_errors(folder.parent):
        if not folder.is_dir():
            with scratch_folder(folder.parent) as scratch:
                draft = scratch / "checks"
                shutil.copytree(shipped_checks(), draft, ignore=shutil.ignore_patterns("__pycache__"))
                (draft / "target.json").write_text(content, encoding="utf-8")
                if not folder.is_dir():
                    draft.rename(folder)
    return folder


def import_fingerprint(built: BuiltTarget, declared: Declarations, control: Control | None) -> str:
    """Return what `LOAD` depends on of all that its folder has: what it imports, where, and what of that is expected.

    What is known of the tests, and when they count as hung, is no reason to import a target again.
    """
    known = [built.modules, sorted(declared.environment.items()), None if control is None else dict(control.modules)]
    return _shipped_digest(json.dumps(known, sort_keys=True))


def _shipped_digest(content: str) -> str:
    """Return the digest of something and of the checks."""
    shipped, digest = shipped_checks(), hashlib.sha256(content.encode())
    for file in sorted(shipped.rglob("*.py"), key=Path.as_posix):
        digest.update(file.relative_to(shipped).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def project_checks(project: ScrapyProject, asked: Collection[str]) -> tuple[str, ...]:
    """Return the checks of a Scrapy project; `asked` as on the command line, empty: all that it has.

    Raises `ConfigurationError` for one that it has not.
    """
    if "suite" in asked or ("contracts" in asked and not project.has_contracts):
        raise ConfigurationError(
            value=f"--check {'suite' if 'suite' in asked else 'contracts'}",
            cause="is for tests" if "suite" in asked else "no docstring of the project has a contract (@url)",
            action="ask for load, which starts its spiders",
        )
    load = (SPIDERS, SPIDERS_LANE) if not asked or "load" in asked else ()
    return (*load, CONTRACTS) if project.has_contracts and (not asked or "contracts" in asked) else load


def _of_project(project: ScrapyProject | None, settings: TargetSettings) -> dict[str, object]:
    if project is None:
        return {}
    limits = {"test": settings.timeout or _SPIDER}
    return {"folder": project.folder, "paths": project.paths, "spiders": settings.spiders, "limits": limits}


def _rounded(control: Control) -> dict[str, object]:
    """Return the control without its times, which are others each time: no reason to run all cells again."""
    return {name: value for name, value in asdict(control).items() if name not in {"seconds", "longest", "stopped"}}


def _limits(control: Control | None, timeout: float | None) -> dict[str, float]:
    """Seconds without a word until the tests are collected, and after that; whole powers of two, for the same cause."""
    if control is None:
        return {"start": _START, "test": timeout or _TEST}
    return {
        "start": _LEAST_START + _ceiling(control.seconds),
        "test": timeout or _LEAST_TEST + _ceiling(_SLOWER * control.longest),
    }


def _ceiling(seconds: float) -> float:
    size = 1.0
    while size < seconds:
        size *= 2
    return size
