"""What the parent that forks imports once for all batches: nothing that a batch alone would have otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.environments.provider import ProvidedEnvironment
from harness.infra.process.supervisor import clean_environment, run
from harness.infra.resources import scenarios_dir
from harness.scenarios.catalogue import load_scenarios

pytestmark = pytest.mark.index

VALUE = "canary-5e1f"
PROBE = Path(__file__).parents[1] / "support" / "environment_copies.py"
# What decides how the interpreter itself starts, and where it finds what.
FIXED = ("PYTHON", "LD_", "LC_", "LANG", "PATH", "SSL_")


def preloaded(environment: ProvidedEnvironment, value: str, variables: dict[str, str]) -> dict[str, Any]:
    assert environment.python is not None
    command = [environment.python, PROBE, scenarios_dir(), value, *load_scenarios([scenarios_dir()])]
    done = run(command, env=clean_environment(variables), deadline=120)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_no_module_that_is_imported_once_keeps_what_an_environment_variable_said(
    environment: ProvidedEnvironment,
) -> None:
    first = preloaded(environment, "", {})
    assert first["modules"] > 300
    assert "TMPDIR" not in first["read"], "tempfile was asked for its folder"
    names = {*first["read"], "TMPDIR", "TEMP", "TMP", "HOME", "USER", "MY_PLUGIN_URL"}
    second = preloaded(environment, VALUE, {name: VALUE for name in names if not name.startswith(FIXED)})
    assert second["kept"] == []


def test_the_walk_finds_a_module_that_does(environment: ProvidedEnvironment, tmp_path: Path) -> None:
    (tmp_path / "kit").symlink_to(scenarios_dir() / "kit")
    (tmp_path / "keeps.py").write_text("import os\nKEPT = {'a': [os.environ.get('MY_PLUGIN_URL')]}\n")
    assert environment.python is not None
    command = [environment.python, PROBE, tmp_path, VALUE, "keeps"]
    done = run(command, env=clean_environment({"MY_PLUGIN_URL": VALUE}), deadline=120)
    assert json.loads(done.stdout.splitlines()[-1])["kept"] == ["keeps.KEPT"], done.stderr
