"""reports/matrix.json: its schema, its completeness, and how it is written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.errors import StorageError
from harness.plan.making import Plan
from harness.render import write_reports
from harness.render.matrix_json import SCHEMA, lock_entries, write_matrix_json
from harness.results import Outcome
from tests.synthetic import HOSTILE, make_plan, make_results
from tests.test_view import meta, view_of


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def with_excluded(plan: Plan) -> Plan:
    first = replace(plan.environments[0], status=Outcome.EXCLUDED, reason="known to be useless", lanes=())
    return replace(plan, environments=(first, *plan.environments[1:]))


@pytest.mark.parametrize("adversarial", [False, True])
def test_the_file_is_what_the_schema_says(tmp_path: Path, validator: Any, *, adversarial: bool) -> None:
    plan = with_excluded(make_plan(30_000))
    write_matrix_json(view_of(plan, adversarial=adversarial), tmp_path / "matrix.json")
    content = json.loads((tmp_path / "matrix.json").read_bytes())
    slice_of_cells = dict(list(content["cells"].items())[::29])
    validator.validate({**content, "cells": slice_of_cells})
    assert list(content["cells"]) == [key.id for key in plan.keys()]
    assert list(content["environments"]) == [environment.id for environment in plan.environments]
    assert content["environments"][plan.environments[0].id]["status"] == "excluded"


def test_every_field_of_the_schema_is_described() -> None:
    def undescribed(node: Any, path: str) -> list[str]:
        found = []
        for name, field in node.get("properties", {}).items():
            if "description" not in field and "$ref" not in field:
                found.append(f"{path}/{name}")
            found += undescribed(field, f"{path}/{name}")
        for name, definition in node.get("$defs", {}).items():
            found += undescribed(definition, f"{path}/$defs/{name}")
        return found

    assert undescribed(json.loads(SCHEMA.read_text(encoding="utf-8")), "") == []


def test_outcomes_of_the_schema_are_those_of_the_harness() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert schema["$defs"]["outcome"]["enum"] == [outcome.value for outcome in Outcome]


def test_cells_hold_what_was_recorded_and_why_the_others_were_not_run(tmp_path: Path) -> None:
    plan = make_plan(400_000)
    (result,) = (each for each in make_results(plan) if each.key.id.endswith("asyncio-uvloop/callback_pending/direct")
                 and each.key.environment == "linux-py3.12-scrapy2.13.4-era")  # fmt: skip
    plan = replace(plan, environments=tuple(each for each in plan.environments if each.scrapy == "2.13.4"))
    write_matrix_json(view_of(plan, results=[result]), tmp_path / "matrix.json")
    cells = json.loads((tmp_path / "matrix.json").read_bytes())["cells"]
    assert cells[result.key.id] == {
        "environment": "linux-py3.12-scrapy2.13.4-era", "reactor": "asyncio", "loop": "uvloop",
        "scenario": "callback_pending", "helper": "direct", "outcome": "fail", "mechanism": "task-got-bad-yield",
        "detail": "Task got bad yield: <Deferred at 0x7f>", "close": "clean",
        "facts": {"reactor": "twisted.internet.asyncioreactor.AsyncioSelectorReactor", "loop": "uvloop.Loop",
                  "policy": "asyncio.unix_events.Policy"},
        "seconds": 0.0034, "isolated": False,
    }  # fmt: skip
    unmeasured = cells["linux-py3.6-scrapy2.13.4-era/epoll/callback_pending/direct"]
    assert (unmeasured["outcome"], unmeasured["loop"], unmeasured["facts"]) == ("uninstallable", None, None)
    assert unmeasured["detail"] == "scrapy==2.13.4 needs Python>=3.9"


def test_hostile_text_comes_back_as_it_was(tmp_path: Path) -> None:
    write_matrix_json(view_of(make_plan(1), healthy=True, adversarial=True), tmp_path / "matrix.json")
    raw = (tmp_path / "matrix.json").read_bytes()
    assert b"\x1b" not in raw
    details = [cell["detail"] for cell in json.loads(raw)["cells"].values() if cell["facts"]]
    assert all(detail.startswith(HOSTILE) for detail in details)


def test_a_lock_is_one_text_a_package() -> None:
    lock = "# made by uv\na==1 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\nb==2\n    # via a\n"
    assert lock_entries(lock) == ["a==1 --hash=sha256:1 --hash=sha256:2", "b==2"]


def test_reports_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    view = view_of(make_plan(1))
    written = write_reports(view, tmp_path / "reports")
    assert [path.name for path in written] == ["matrix.json", "compat.json", "matrix.md"]
    before = written[0].read_bytes()
    broken = view_of(make_plan(1), run=meta(host={"bad": object()}))
    with pytest.raises(TypeError):
        write_matrix_json(broken, written[0])
    assert written[0].read_bytes() == before
    assert sorted(path.name for path in written[0].parent.iterdir()) == ["compat.json", "matrix.json", "matrix.md"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"matrix\.json"):
        write_reports(view_of(make_plan(1)), tmp_path / "file")


def test_a_hundred_thousand_cells_are_written_as_they_come(tmp_path: Path) -> None:
    view = view_of(make_plan(100_000))
    write_matrix_json(view, tmp_path / "matrix.json")
    content = json.loads((tmp_path / "matrix.json").read_bytes())
    assert len(content["cells"]) == view.count >= 100_000
