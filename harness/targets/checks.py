"""The folder of scenarios that asks a target: the checks of the kit, and what they have to know of it.

It is a folder of a user's scenarios like any other: planned, fingerprinted, run and rerun by what does that for all.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.infra.files import cache_errors, scratch_folder
from harness.infra.resources import scenarios_dir
from harness.model.result import CellResult
from harness.targets.declarations import Declarations
from harness.targets.settings import TargetSettings
from harness.targets.snapshot import Snapshot
from harness.targets.wheel import BuiltTarget

CONTROL = "try_control"
LOAD = "try_load"
PLAIN = "try_plain"
SUITE = "try_suite"

_START = 120.0
_TEST = 120.0
_LEAST_START = 60.0
_LEAST_TEST = 30.0
_SLOWER = 10.0
"""Times what the control took that a test may take elsewhere before it counts as hung."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What the suite gives where its author runs it."""

    tests: Mapping[str, str]
    """Outcome by id."""
    flaky: tuple[str, ...]
    reactor_choices: tuple[str, ...]
    longest: float
    """Seconds of the longest test."""
    seconds: float


def control_of(result: CellResult | None) -> Control | None:
    """Return the control that a cell has measured; None where it has no suite to compare with."""
    suite = None if result is None or result.evidence is None else result.evidence.suite
    if suite is None:
        return None
    return Control(
        tests={test.id: test.outcome for test in suite.tests},
        flaky=tuple(test.id for test in suite.tests if test.outcome == "flaky"),
        reactor_choices=suite.reactor_choices,
        longest=suite.longest,
        seconds=suite.seconds,
    )


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
        },
        sort_keys=True,
    )
    shipped = scenarios_dir() / "kit" / "checks"
    digest = hashlib.sha256(content.encode())
    for file in sorted(shipped.rglob("*.py"), key=Path.as_posix):
        digest.update(file.relative_to(shipped).as_posix().encode() + file.read_bytes())
    folder = snapshot.source.parent / f"checks-{digest.hexdigest()[:16]}"
    with cache_errors(folder.parent):
        if not folder.is_dir():
            with scratch_folder(folder.parent) as scratch:
                draft = scratch / "checks"
                shutil.copytree(shipped, draft, ignore=shutil.ignore_patterns("__pycache__"))
                (draft / "target.json").write_text(content, encoding="utf-8")
                if not folder.is_dir():
                    draft.rename(folder)
    return folder


def _rounded(control: Control) -> dict[str, object]:
    """Return the control without its times, which are others each time: no reason to run all cells again."""
    return {name: value for name, value in asdict(control).items() if name not in {"seconds", "longest"}}


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
