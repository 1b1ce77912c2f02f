"""Support by release -> reports/compat.json, as `compat.schema.json` beside this file describes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.analysis.boundary_pairs import BoundaryPair
from harness.analysis.compat import Section, Statement
from harness.render.view import ReportView

SCHEMA = Path(__file__).with_name("compat.schema.json")
SCHEMA_VERSION = 1


def render_compat_json(view: ReportView) -> str:
    """Return the content of `compat.json` as text."""
    return json.dumps(compat_object(view), indent=1, ensure_ascii=False) + "\n"


def compat_object(view: ReportView) -> dict[str, Any]:
    """Return the content of `compat.json` as an object."""
    found = view.compat
    run = view.run
    return {
        "schema_version": SCHEMA_VERSION,
        "run": {"id": run.id, "started": run.started, "finished": run.finished, "plan": run.plan},
        "releases": list(found.releases),
        "left_out": dict(found.left_out),
        "helpers": _section(found.helpers),
        "places": _section(found.places),
        "entries": _section(found.entries),
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        name: {
            lane: {platform: [_statement(each) for each in statements] for platform, statements in platforms.items()}
            for lane, platforms in lanes.items()
        }
        for name, lanes in section.items()
    }


def _statement(statement: Statement) -> dict[str, Any]:
    """Return the statement without what it has nothing to say of."""
    told: dict[str, Any] = {"version_added": statement.version_added}
    if statement.version_removed is not None:
        told["version_removed"] = statement.version_removed
    if statement.partial:
        told["partial_implementation"] = True
    if statement.untested:
        told["untested"] = statement.untested
    if statement.helpers:
        told["helpers"] = list(statement.helpers)
    if statement.notes:
        told["notes"] = list(statement.notes)
    if statement.added_by:
        told["added_by"] = _boundary(statement.added_by)
    if statement.removed_by:
        told["removed_by"] = _boundary(statement.removed_by)
    return told


def _boundary(pair: BoundaryPair) -> dict[str, Any]:
    told: dict[str, Any] = {"answer": pair.answer.value}
    if pair.passes:
        told |= {"passes": pair.passes, "fails": pair.fails}
    if pair.moved:
        told["moved"] = list(pair.moved)
    return told
