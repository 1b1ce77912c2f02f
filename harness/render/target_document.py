"""The answer of a target as JSON, as `target.schema.json` beside this file describes it, made from the same classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from harness.targets.target_answer import TargetAnswer
from harness.targets.tried_target import TriedTarget

SCHEMA = Path(__file__).with_name("target.schema.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDocument:
    """What is known of a target."""

    schema_version: int
    name: str
    version: str
    revision: str
    """The commit, and whether the checkout had changes; or the digest of the content."""
    run: str
    """Id of the run that knows its cells."""
    command: tuple[str, ...]
    """The words that measure it again, after the name of the program."""
    control: str
    """The environment that everything is compared with: Python, Scrapy, profile."""
    stopped: str
    """Why its tests are nothing to compare with; empty: they are, or there are none."""
    answer: TargetAnswer


def target_document(tried: TriedTarget, answer: TargetAnswer) -> TargetDocument:
    """Return the document of a target."""
    return TargetDocument(
        schema_version=1,
        name=tried.built.name,
        version=tried.built.version,
        revision=tried.read.snapshot.revision,
        run=tried.run_id,
        command=tried.read.command,
        control=tried.control_at.told,
        stopped=tried.control.stopped,
        answer=answer,
    )


def target_schema() -> dict[str, Any]:
    """Return what `target.schema.json` holds."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "answer of a target",
        "description": "What `scrapy-compat try --json` prints of one target and writes as `report.json`.",
        **msgspec.json.schema(TargetDocument),
    }
