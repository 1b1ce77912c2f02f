"""The JSON Schemas of the repository as lists of fields."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import harness

FOLDER = Path(harness.__file__).parent


def schemas() -> str:
    """A section for each schema there is: what it describes, every field, and the file to download."""
    parts = []
    for path in sorted(FOLDER.glob("*/*.schema.json"), key=lambda path: path.name):
        schema = json.loads(path.read_text(encoding="utf-8"))
        parts.append(f"## {schema['title']}\n\n{schema['description']}\n")
        parts.append(f"{{download}}`{path.name} <../../harness/{path.parent.name}/{path.name}>`\n")
        parts += _fields("", schema)
        for name, definition in schema.get("$defs", {}).items():
            parts.append(f"### {name} of {schema['title']}\n\n{definition.get('description', '')}\n")
            parts += _fields("", definition)
    return "\n".join(parts)


def _fields(path: str, schema: dict[str, Any]) -> Iterator[str]:
    """What stands below `path`, as a definition list."""
    for key, inner in schema.get("properties", {}).items():
        yield from _field(f"{path}.{key}".lstrip("."), inner, optional=key not in schema.get("required", ()))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _field(f"{path}.<name>".lstrip("."), schema["additionalProperties"])
    if isinstance(schema.get("items"), dict):
        yield from _fields(f"{path}[]", schema["items"])


def _field(path: str, schema: dict[str, Any], *, optional: bool = False) -> Iterator[str]:
    told = f"{_type(schema)}, may be missing" if optional else _type(schema)
    yield f"`{path}`\n: *{told}*. {schema.get('description', '')}\n"
    yield from _fields(path, schema)


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(_type(each) for each in schema[key])
    kind = schema.get("type", "anything")
    kinds = kind if isinstance(kind, list) else [kind]
    items = schema.get("items")
    of_what = f" of {_type(items)}" if isinstance(items, dict) else ""
    return " or ".join(f"{each}{of_what}" if each == "array" else each for each in kinds)
