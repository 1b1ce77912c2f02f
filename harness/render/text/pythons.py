"""What `pythons` prints: the interpreters, in words and as an object."""

from __future__ import annotations

from collections.abc import Iterator

from harness.interpreters.interpreter import Interpreters


def pythons_lines(found: Interpreters) -> Iterator[str]:
    """What was found, what is missing and what to do, what does not work."""
    for key, interpreter in found.found.items():
        yield f"{key:10} {interpreter.path}  {interpreter.description}"
        if interpreter.origin:
            yield f"{'':10} from {interpreter.origin}"
    for key, reason in found.missing.items():
        yield f"{key:10} {reason}"
    for path, reason in found.broken.items():
        yield f"not usable: {path}: {reason}"


def pythons_json(found: Interpreters) -> dict[str, object]:
    """The same as one object."""
    return {
        "found": {
            key: {"path": each.path, "build": each.description, **({"origin": each.origin} if each.origin else {})}
            for key, each in found.found.items()
        },
        "missing": dict(found.missing),
        "broken": dict(found.broken),
    }
