"""The evaluator of workflow expressions that tests use does what GitHub documents."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.expressions import NotUnderstoodError, evaluate, fill

CONTEXTS = {
    "inputs": {"plan": "", "publish": True, "fail-on": "none"},
    "github": {"event_name": "schedule", "event": {"repository": {"default_branch": "main"}}},
    "needs": {"plan": {"outputs": {"matrix": '{"include": [{"shard": "1/2"}]}'}}},
}
FUNCTIONS = {"always": lambda: True, "cancelled": lambda: False}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("inputs.plan || (github.event_name == 'schedule' && 'full') || 'smoke'", "full"),
        ("inputs.plan || (github.event_name == 'push' && 'full') || 'smoke'", "smoke"),
        ("!cancelled() && inputs.publish", True),
        ("!cancelled() && !inputs.publish", False),
        ("github.event_name != 'SCHEDULE'", False),
        ("github.event.repository.default_branch", "main"),
        ("github.event.pull_request.number", None),
        ("github.event.pull_request.number == ''", True),
        ("fromJSON(needs.plan.outputs.matrix).include", NotUnderstoodError),
        ("fromJSON(needs.plan.outputs.matrix)", {"include": [{"shard": "1/2"}]}),
        ("'it''s'", "it's"),
        ("inputs.fail-on", "none"),
        ("secrets.token", NotUnderstoodError),
        ("hashFiles('x')", NotUnderstoodError),
        ("(always()", NotUnderstoodError),
        ("1 + 1", NotUnderstoodError),
        ("", NotUnderstoodError),
    ],
)
def test_expressions_are_evaluated(text: str, value: Any) -> None:
    if value is NotUnderstoodError:
        with pytest.raises(NotUnderstoodError):
            evaluate(text, CONTEXTS, FUNCTIONS)
    else:
        assert evaluate(text, CONTEXTS, FUNCTIONS) == value


def test_an_expression_alone_keeps_its_type_and_becomes_text_among_text() -> None:
    assert fill("${{ inputs.publish }}", CONTEXTS, FUNCTIONS) is True
    assert fill("p=${{ inputs.publish }}, n=${{ inputs.none }}", CONTEXTS, FUNCTIONS) == "p=true, n="
    assert fill("${{ inputs.publish }}-${{ inputs.fail-on }}", CONTEXTS, FUNCTIONS) == "true-none"
    assert fill("none", CONTEXTS, FUNCTIONS) == "none"
