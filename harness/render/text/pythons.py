"""What `pythons` prints: the interpreters, in words and as an object."""

from __future__ import annotations

from collections.abc import Iterator

from harness.interpreters.interpreter import Interpreters
from harness.render.table_lines import table_lines


def pythons_lines(found: Interpreters, width: int | None = None) -> Iterator[str]:
    """Return what was found, what is missing and what to do, what does not work, as lines.

    `width`: of the terminal, None for what is none.
    """
    rows = [
        (key, each.path, f"{each.description}, from {each.origin}" if each.origin else each.description)
        for key, each in found.found.items()
    ]
    rows += [(key, "missing", reason) for key, reason in found.missing.items()]
    if rows:
        yield from table_lines(rows, ("python", "path", "build"), width=width)
    for path, reason in found.broken.items():
        yield f"not usable: {path}: {reason}"


def pythons_json(found: Interpreters) -> dict[str, object]:
    """Return the interpreters as one object, for programs."""
    return {
        "found": {
            key: {"path": each.path, "build": each.description, **({"origin": each.origin} if each.origin else {})}
            for key, each in found.found.items()
        },
        "missing": dict(found.missing),
        "broken": dict(found.broken),
    }
