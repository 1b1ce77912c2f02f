"""The JSON Schema of an artifact's lines, made from the classes that read and write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from harness.shards.artifact_lines import Line

SCHEMA = Path(__file__).with_name("artifact.schema.json")


def artifact_schema() -> dict[str, Any]:
    """What `artifact.schema.json` holds."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "artifact of a shard",
        "description": "One line of `shard-1-of-6.jsonl.gz`, which `scrapy-compat run --artifact DIR` writes and "
        "`merge` reads: gzip, then one JSON object a line. The first is the header (`artifact`), the last is `end`; "
        "what many lines share has a number, and stands before the first line that names it.",
        **msgspec.json.schema(Line),
    }
