"""Files that the code makes and the repository keeps.

    python -m tests.support.generated

writes them anew. A test holds that they are current.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path

from harness.model.outcome import Outcome
from harness.render import matrix_json, target_document
from harness.shards import artifact_schema


def generated() -> Iterator[tuple[Path, str]]:
    """Give each file with its text."""
    schema = json.loads(matrix_json.SCHEMA.read_text(encoding="utf-8"))
    schema["$defs"]["outcome"] = {
        "description": " ".join(f"{each}: {each.sentence}" for each in Outcome),
        "enum": [each.value for each in Outcome],
    }
    yield matrix_json.SCHEMA, _document(schema)
    yield artifact_schema.SCHEMA, _document(artifact_schema.artifact_schema())
    yield target_document.SCHEMA, _document(target_document.target_schema())


def _document(content: object) -> str:
    return json.dumps(_without_indents(content), indent=2, ensure_ascii=False) + "\n"


def _without_indents(content: object) -> object:
    """Return a document whose descriptions are not indented: some releases of msgspec and Python keep indents."""
    if isinstance(content, dict):
        return {key: inspect.cleandoc(value) if key == "description" and isinstance(value, str)
                else _without_indents(value) for key, value in content.items()}  # fmt: skip
    return [_without_indents(each) for each in content] if isinstance(content, (list, tuple)) else content


if __name__ == "__main__":
    for path, text in list(generated()):
        path.write_text(text, encoding="utf-8")
