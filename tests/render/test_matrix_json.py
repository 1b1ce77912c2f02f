"""reports/matrix.json: its schema, its completeness, and how it is written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.commands.run_end import write_reports
from harness.infra.errors import StorageError
from harness.model.outcome import Outcome
from harness.plan.plan_records import Plan
from harness.render.formats import FORMATS
from harness.render.matrix_json import SCHEMA, cell_object, lock_entries
from harness.render.matrix_json_file import read_matrix_json
from harness.render.report_subject import Subject
from tests.support.synthetic import HOSTILE, make_plan, make_results
from tests.support.views import meta, view_of


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def with_excluded(plan: Plan) -> Plan:
    first = replace(plan.environments[0], status=Outcome.EXCLUDED, reason="known to be useless", lanes=())
    return replace(plan, environments=(first, *plan.environments[1:]))


@pytest.mark.slow
@pytest.mark.parametrize("adversarial", [False, True])
def test_the_file_is_what_the_schema_says(tmp_path: Path, validator: Any, *, adversarial: bool) -> None:
    plan = with_excluded(make_plan(30_000))
    list(FORMATS["json"].write(Subject(view=view_of(plan, adversarial=adversarial)), tmp_path))
    content = json.loads((tmp_path / "matrix.json").read_bytes())
    slice_of_cells = dict(list(content["cells"].items())[::29])
    slice_of_shared = content["shared"][::29]
    validator.validate({**content, "cells": slice_of_cells, "shared": slice_of_shared})
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


@pytest.mark.slow
def test_cells_hold_what_was_recorded_and_why_the_others_were_not_run(tmp_path: Path) -> None:
    plan = make_plan(400_000)
    (result,) = (each for each in make_results(plan) if each.key.id.endswith("asyncio-uvloop/callback_pending/direct")
                 and each.key.environment == "linux-py3.12-scrapy2.13.4-era")  # fmt: skip
    plan = replace(plan, environments=tuple(each for each in plan.environments if each.scrapy == "2.13.4"))
    list(FORMATS["json"].write(Subject(view=view_of(plan, results=[result])), tmp_path))
    cells = {key.id: cell for key, cell in read_matrix_json(tmp_path / "matrix.json").cells()}
    place = cells[result.key.id].pop("as")
    assert cells[result.key.id] == {
        "outcome": "fail", "mechanism": "task-got-bad-yield", "detail": "Task got bad yield: <Deferred at 0x7f>",
        "close": "clean", "isolated": False, "seconds": 0.0034,
        "facts": {"reactor": "twisted.internet.asyncioreactor.AsyncioSelectorReactor", "loop": "uvloop.Loop",
                  "policy": "asyncio.unix_events.Policy"},
    }  # fmt: skip
    unmeasured = cells["linux-py3.6-scrapy2.13.4-era/epoll/callback_pending/direct"]
    assert unmeasured.pop("as") != place
    assert unmeasured == {
        "outcome": "uninstallable", "mechanism": None, "detail": "scrapy==2.13.4 needs Python>=3.9", "close": None,
        "isolated": False, "facts": None,
    }  # fmt: skip


@pytest.mark.slow
def test_what_cells_share_is_written_once(tmp_path: Path) -> None:
    view = view_of(make_plan(100_000))
    list(FORMATS["json"].write(Subject(view=view), tmp_path))
    content = json.loads((tmp_path / "matrix.json").read_bytes())
    shared = [json.dumps(entry) for entry in content["shared"]]
    assert len(set(shared)) == len(shared) < len(content["cells"]) / 100
    assert {cell["as"] for cell in content["cells"].values()} == set(range(len(shared)))
    # So a million cells stay under 150 MB.
    assert (tmp_path / "matrix.json").stat().st_size / view.count < 130


def test_unfolded_it_is_still_what_the_schema_says_and_reads_the_same(tmp_path: Path, validator: Any) -> None:
    view = view_of(make_plan(1))
    list(FORMATS["json"].write(Subject(view=view), tmp_path))
    content = json.loads((tmp_path / "matrix.json").read_bytes())
    shared = content.pop("shared")
    for cell in view.cells():
        name, written = cell.key.id, content["cells"][cell.key.id]
        # Also as `cells --format json` prints it.
        content["cells"][name] = {**shared[written.pop("as")], **written, **cell_object(cell)}
    validator.validate(content)
    (tmp_path / "unfolded.json").write_text(json.dumps(content))
    assert list(read_matrix_json(tmp_path / "unfolded.json").known()) == list(view.known())


def test_a_cell_that_says_too_little_is_no_cell(validator: Any, tmp_path: Path) -> None:
    list(FORMATS["json"].write(Subject(view=view_of(make_plan(1))), tmp_path))
    content = json.loads((tmp_path / "matrix.json").read_bytes())
    first = next(iter(content["cells"]))
    for wrong in ({"seconds": 0.1}, {"as": -1}, {"outcome": "pass"}, {"as": 0, "result": "pass"}):
        assert not validator.is_valid({**content, "cells": {first: wrong}})


def test_hostile_text_comes_back_as_it_was(tmp_path: Path) -> None:
    list(FORMATS["json"].write(Subject(view=view_of(make_plan(1), healthy=True, adversarial=True)), tmp_path))
    raw = (tmp_path / "matrix.json").read_bytes()
    assert b"\x1b" not in raw
    details = [entry["detail"] for entry in json.loads(raw)["shared"] if entry["facts"]]
    assert all(detail.startswith(HOSTILE) for detail in details)


def test_a_lock_is_one_text_a_package() -> None:
    lock = "# made by uv\na==1 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\nb==2\n    # via a\n"
    assert lock_entries(lock) == ["a==1 --hash=sha256:1 --hash=sha256:2", "b==2"]


def test_reports_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    view = view_of(make_plan(1))
    written = write_reports(view, tmp_path / "reports")
    assert [path.name for path in written] == ["matrix.json", "compat.json", "matrix.md", "index.html"]
    before = written[0].read_bytes()
    broken = view_of(make_plan(1), run=meta(host={"bad": object()}))
    with pytest.raises(TypeError):
        list(FORMATS["json"].write(Subject(view=broken), written[0].parent))
    assert written[0].read_bytes() == before
    assert sorted(path.name for path in written[0].parent.iterdir()) == sorted(path.name for path in written)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"matrix\.json"):
        write_reports(view_of(make_plan(1)), tmp_path / "file")


@pytest.mark.slow
def test_a_hundred_thousand_cells_are_written_as_they_come(tmp_path: Path) -> None:
    view = view_of(make_plan(100_000))
    list(FORMATS["json"].write(Subject(view=view), tmp_path))
    content = json.loads((tmp_path / "matrix.json").read_bytes())
    assert len(content["cells"]) == view.count >= 100_000
