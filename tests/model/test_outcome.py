"""Outcomes: everything that depends on which one it is stands with its member."""

from __future__ import annotations

import ast
import pickle
import re

import pytest

from harness.infra import resources
from harness.model.outcome import INCOMPLETE, MEASURED, Outcome
from harness.render.html import assets
from tests.support.generated import generated

HARNESS = resources.matrix_file().parent / "harness"
CRITERIA = {
    "started": "pass fail hang crash lost-tests fails-anyway not-exercised lane-refused needs-service misconfigured "
    "flaky conflict",
    "ran": "pass fail hang crash lost-tests fails-anyway not-exercised lane-refused needs-service misconfigured",
    "tried": "pass fail hang crash lost-tests fails-anyway not-exercised flaky",
    "measured": "pass fail hang crash lost-tests fails-anyway not-exercised",
    "has_facts": "pass fail lost-tests fails-anyway not-exercised misconfigured",
    "cut_short": "hang crash",
    "doubted": "misconfigured flaky missing conflict",
    "unusable": "broken uninstallable",
    "incomplete": "missing-interpreter not-run missing conflict",
    "silent": "missing-interpreter excluded declared-out not-run missing conflict",
    "judged": "pass fail hang crash lost-tests fails-anyway not-exercised lane-refused needs-service unsupported "
    "misconfigured flaky",
    "by_cell": "pass fail hang crash lost-tests fails-anyway not-exercised lane-refused needs-service unsupported",
    "by_machine": "pass fail hang crash lost-tests fails-anyway not-exercised lane-refused needs-service unsupported "
    "broken uninstallable missing-interpreter not-run misconfigured flaky",
    "by_merge": "missing conflict",
    "of_environment": "broken uninstallable missing-interpreter not-run",
    "works": "pass fails-anyway not-exercised",
    "asked": "pass fail hang crash lost-tests fails-anyway not-exercised lane-refused needs-service broken "
    "uninstallable missing-interpreter not-run misconfigured flaky missing conflict",
}


@pytest.mark.parametrize("name", CRITERIA)
def test_outcomes_that_share_a_criterion(name: str) -> None:
    assert [each.value for each in Outcome if getattr(each, name)] == CRITERIA[name].split()


def test_the_sets_are_made_from_the_criteria() -> None:
    assert frozenset(each for each in Outcome if each.measured) == MEASURED
    assert frozenset(each for each in Outcome if each.incomplete) == INCOMPLETE


def test_an_outcome_is_its_value_and_no_truth_value() -> None:
    assert [Outcome(each.value) for each in Outcome] == list(Outcome)
    assert [pickle.loads(pickle.dumps(each)) for each in Outcome] == list(Outcome)
    assert [f"{each}" for each in Outcome] == [each.value for each in Outcome]
    with pytest.raises(TypeError, match="is not a truth value"):
        bool(Outcome.PASS)


@pytest.mark.parametrize("path", [path.name for path, _ in generated()])
def test_generated_files_are_current(path: str) -> None:
    found = {file.name: (file, text) for file, text in generated()}
    file, text = found[path]
    assert file.read_text(encoding="utf-8") == text, "run python -m tests.support.generated"


def test_the_page_has_symbol_and_colours_of_every_outcome() -> None:
    script, styles = assets.own_script(), assets.styles()
    assert all(f'"{each}": "{each.symbol}"' in script and f".o-{each} {{" in styles for each in Outcome)
    assert all(f"--{each.tone}: " in styles and f"--{each.tone}-ink: " in styles for each in Outcome)


def test_no_script_or_style_of_the_page_lists_outcomes() -> None:
    names = "|".join(each.value for each in Outcome if each is not Outcome.PASS)
    files = [*(HARNESS / "render/html/js").glob("*.js"), *(HARNESS / "render/html/css").glob("*.css")]
    assert [path.name for path in files if re.search(rf'"({names})"|\.o-\w', path.read_text(encoding="utf-8"))] == []


def test_no_other_module_has_a_constant_of_outcomes() -> None:
    wrong = [
        f"{path.relative_to(HARNESS)}:{node.lineno}"
        for path in HARNESS.rglob("*.py")
        if path != HARNESS / "model" / "outcome.py"
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and "Outcome." in ast.unparse(node)
    ]
    assert wrong == []
