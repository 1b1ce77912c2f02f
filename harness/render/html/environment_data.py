"""The environments of a view with their packages, names and releases written once."""

from __future__ import annotations

from typing import Any

from harness.infra.text import one_line
from harness.model.result import OverlayResult
from harness.render.html.columns import Pool
from harness.render.html.evidence import Texts
from harness.render.matrix_json import lock_entries
from harness.render.view import EnvironmentView, ReportView

_BUILD = "python_build"
"""What is among the versions and is no package."""


def environments_object(view: ReportView, texts: Texts) -> dict[str, Any]:
    """Return environments in the order of the view, and the packages that they name by number."""
    packages: Pool[str] = Pool()
    rows = [_environment(view, each, packages, texts) for each in view.environments]
    return {"environments": rows, "packages": list(packages)}


def _environment(view: ReportView, each: EnvironmentView, packages: Pool[str], texts: Texts) -> dict[str, Any]:
    planned, result = each.planned, each.result
    told: dict[str, Any] = {
        "id": planned.id,
        "platform": view.platforms.index(planned.platform),
        "python": view.pythons.index(planned.python),
        "scrapy": view.scrapys.index(view.labels[planned.scrapy]),
        "profile": view.profiles.index(planned.profile),
        "release": planned.scrapy,
        "status": None if each.status is None else each.status.value,
        "reason": None if each.reason is None else one_line(each.reason, 400),
    }
    if result is not None:
        names = sorted(f"{name}=={version}" for name, version in result.versions.items() if name != _BUILD)
        told["packages"] = [packages.add(one_line(name, 100)) for name in names]
        told["interpreter"] = one_line(result.interpreter, 200)
        told["detail"] = texts.add(result.detail or "", 3_000)
        told["overlays"] = [_overlay(overlay, packages) for overlay in result.overlays]
    return told


def _overlay(overlay: OverlayResult, packages: Pool[str]) -> dict[str, Any]:
    names = [entry.split()[0] for entry in lock_entries(overlay.lock)]
    return {
        "name": one_line(overlay.name, 100),
        "reason": None if overlay.reason is None else one_line(overlay.reason, 300),
        "packages": [packages.add(one_line(name, 100)) for name in names],
    }
