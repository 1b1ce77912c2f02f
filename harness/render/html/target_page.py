"""The page of a target: one sentence, one table, the causes. It has no script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.render.html import assets
from harness.render.html.page import page_templates


def render_target_page(told: Mapping[str, Any]) -> str:
    """Return the page as text; `told`: what its template names."""
    return page_templates().get_template("target.html.j2").render({**told, "styles": assets.styles()})
