"""Spiders of a made project, started in an environment as a cell starts them, without the harness around."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.infra.resources import scenarios_dir

CHECKS = scenarios_dir() / "kit" / "checks"
_OURS = ("kit", "_suite", "_verdict", "_spider_verdict")
_WITHOUT_FORK = """
import sys

sys.path[0] = sys.argv[1]
import start_spiders

start_spiders._FORKS = False
start_spiders.main()
"""


@contextmanager
def check_module(name: str) -> Iterator[ModuleType]:
    """Give a module of the checks, which is forgotten afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(scenarios_dir()))
        patch.syspath_prepend(str(CHECKS))
        yield importlib.import_module(name)
    for each in [each for each in sys.modules if each.startswith(_OURS)]:
        del sys.modules[each]


def started(
    python: str,
    project: Path,
    place: Path,
    *,
    ask: str = "spiders",
    settings: Mapping[str, Any] | None = None,
    forks: bool = True,
    **more: Any,
) -> Any:
    """Return the `SuiteRun` of a project's spiders; `more`: what the lane has beside its settings."""
    target = {
        "source": str(project), "folder": more.pop("folder", ""), "paths": more.pop("paths", [""]),
        "environment": more.pop("environment", {}), "network": False,
    }  # fmt: skip
    lane = {
        "settings": dict(settings or {}), "reactorless": False, "forced": bool(settings), "overlays": [], "ask": ask,
        "arguments": {}, "limit": 20, "impatient": [], **more,
    }  # fmt: skip
    place.mkdir()
    with check_module("_suite") as suite:
        command = [python, str(CHECKS / "spiders" / "start_spiders.py")]
        if not forks:
            # As on platforms on which that is not done.
            command = [python, "-c", _WITHOUT_FORK, str(CHECKS / "spiders")]
        return suite.run_in_tree(target, str(place), command, lane, {"start": 60, "test": 60}, lambda loud: None)


def outcomes(run: Any) -> dict[str, str]:
    """Return outcome by row."""
    return {name: test["outcome"] for name, test in sorted(run.tests.items())}
