"""What runs inside a cell starts on Python 3.6 and imports no reactor; a real 3.6 is asked."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from harness.infra.process.supervisor import clean_environment, run
from harness.infra.resources import scenarios_dir
from harness.interpreters.search import find_interpreters
from harness.runner.wire import OutcomeFile, UnusableReport, decode
from harness.scenarios.catalogue import load_scenarios
from harness.scenarios.parse import HELPERS, NO_HELPER

FILES = sorted(scenarios_dir().rglob("*.py"))


@pytest.fixture(scope="module")
def python36() -> str:
    return find_interpreters(["3.6"]).found["3.6"].path


@pytest.mark.python36
def test_every_file_compiles_on_a_real_python_3_6(python36: str) -> None:
    program = "import sys; [compile(open(name, encoding='utf-8').read(), name, 'exec') for name in sys.argv[1:]]"
    done = run([python36, "-c", program, *map(str, FILES)], env=clean_environment(), deadline=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.python36
def test_without_scrapy_a_real_python_3_6_reports_so(python36: str, tmp_path: Path) -> None:
    request = {"outcomes": str(tmp_path / "outcomes"), "scenarios": [str(scenarios_dir())], "server": ""}
    (tmp_path / "request").write_text(json.dumps({**request, "start": "preloaded", "at_once": 1, "batches": []}))
    with OutcomeFile(tmp_path / "outcomes") as outcomes:
        done = run([python36, scenarios_dir() / "kit", tmp_path / "request"], env=clean_environment(), deadline=60)
        (line,) = outcomes.new_lines()
    assert done.returncode == 4, done.stderr
    origin, said = decode(line)
    assert isinstance(said, UnusableReport)
    assert (origin, said.mechanism) == (None, "no-module-scrapy")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_module_imports_the_reactor_or_the_harness_at_its_level(path: Path) -> None:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        module = (getattr(node, "module", None) or "") if names else ""
        assert module != "twisted.internet" or "reactor" not in names
        assert "twisted.internet.reactor" not in (module, *names)
        assert not any(name.split(".")[0] == "harness" for name in (module, *names))


def test_the_kit_has_a_function_for_each_helper_and_the_matrix_knows_them_all() -> None:
    tree = ast.parse((scenarios_dir() / "kit" / "helpers.py").read_text(encoding="utf-8"))
    (loaders,) = [node for node in tree.body if isinstance(node, ast.Assign)]
    assert isinstance(loaders.value, ast.Dict)
    assert tuple(ast.literal_eval(key) for key in loaders.value.keys if key is not None) == (*HELPERS, NO_HELPER)


def test_there_are_eleven_core_scenarios_and_every_one_is_short_and_has_a_question() -> None:
    scenarios = load_scenarios([scenarios_dir()])
    assert sum(scenario.info.core for scenario in scenarios.values()) == 11
    for scenario in scenarios.values():
        assert scenario.question.endswith(".")
        assert len(scenario.path.read_text(encoding="utf-8").splitlines()) <= 60
