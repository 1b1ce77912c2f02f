"""What goes into a store goes through here: whatever came out of a cell, of uv or of an index, without credentials.

Names that others refer to (ids, keys, fingerprints) come from the plan and stay as they are.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TypeVar

import msgspec

from harness.infra.redaction import Redactor
from harness.model.result import CellResult, EnvironmentResult, Evidence, Facts, OverlayResult


def redacted_facts(redactor: Redactor, facts: Facts | None) -> Facts | None:
    """Names of classes, which whoever wrote a scenario may have chosen."""
    if facts is None:
        return None
    names = {each.name: redacted_text(redactor, getattr(facts, each.name)) for each in fields(Facts)}
    return Facts(**names)


def redacted_evidence(redactor: Redactor, evidence: Evidence | None) -> Evidence | None:
    """What lies behind a cell without credentials."""
    if evidence is None:
        return None
    texts = {name: redactor.clean(text) for name, text in evidence.texts.items()}
    suite = None if evidence.suite is None else _cleaned(redactor, evidence.suite)
    return Evidence(**texts, suite=suite)


Kind = TypeVar("Kind")


def _cleaned(redactor: Redactor, record: Kind) -> Kind:
    """A record without credentials in any of its texts, however deep they lie."""

    def clean(value: object) -> object:
        if isinstance(value, str):
            return redactor.clean(value)
        if isinstance(value, list):
            return [clean(each) for each in value]
        return {key: clean(each) for key, each in value.items()} if isinstance(value, dict) else value

    return msgspec.convert(clean(msgspec.to_builtins(record)), type(record))


def redacted_result(redactor: Redactor, result: CellResult) -> CellResult:
    """A whole cell without credentials, for what shows it without storing it."""
    return replace(
        result,
        mechanism=redacted_text(redactor, result.mechanism),
        detail=redacted_text(redactor, result.detail),
        facts=redacted_facts(redactor, result.facts),
        evidence=redacted_evidence(redactor, result.evidence),
    )


def redacted_environment(redactor: Redactor, result: EnvironmentResult) -> EnvironmentResult:
    """An environment with its overlays without credentials."""
    return replace(
        result,
        reason=redacted_text(redactor, result.reason),
        detail=redacted_text(redactor, result.detail),
        interpreter=redactor.clean(result.interpreter),
        versions={name: redactor.clean(version) for name, version in result.versions.items()},
        lock=redactor.clean(result.lock),
        overlays=tuple(_overlay(redactor, overlay) for overlay in result.overlays),
    )


def _overlay(redactor: Redactor, overlay: OverlayResult) -> OverlayResult:
    return replace(
        overlay,
        name=redactor.clean(overlay.name),
        reason=redacted_text(redactor, overlay.reason),
        lock=redactor.clean(overlay.lock),
    )


def redacted_text(redactor: Redactor, text: str | None) -> str | None:
    return None if text is None else redactor.clean(text)
