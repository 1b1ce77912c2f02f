"""What is wrong with a TOML file, in words for those who wrote it: msgspec's errors, translated.

msgspec stops at the first thing that does not fit, and names the place as `$.plan[...].select[0]`: it does not say
which key of a table whose keys are free. That is found by converting again with one key at a time.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import inspect

Step = str | int
"""A key of a table, or a place in a list."""

_NAMES = {
    "str": "a string", "bool": "true or false", "int": "a number", "date": "a day such as 2020-03-18",
    "object": "a table", "array": "a list",
}  # fmt: skip
_TYPES: dict[type[inspect.Type], str] = {
    inspect.DateType: "date", inspect.BoolType: "bool", inspect.StructType: "object", inspect.VarTupleType: "array",
}  # fmt: skip
"""Those that are written as something else than a string."""


def suggestion(value: str, known: Iterable[str]) -> str:
    """Return what would be right instead of `value`: the closest names, or all of them if none is close."""
    names = sorted(known)
    close = difflib.get_close_matches(value, names, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"use one of {', '.join(names)}" if names else "there is nothing to choose from"


class RefusedError(ValueError):
    """What is wrong with a value, raised while it is decoded; `steps` lead to it from where that is noticed."""

    def __init__(self, *steps: Step, cause: str, action: str) -> None:
        super().__init__(f"{cause}. Next: {action}")
        self.steps = steps
        self.cause = cause
        self.action = action


def choices(kind: Any) -> tuple[str, ...]:
    """Return the texts that stand for a value of a kind; none: it has no fixed ones."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(member.value for member in kind)
    return get_args(kind) if get_origin(kind) is Literal else ()


def value_at(data: Any, steps: Iterable[Step]) -> Any:
    """Return what `steps` lead to in a file; None if it is not there."""
    for step in steps:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def explain(error: msgspec.ValidationError, data: Any, kind: Any, convert: Callable[[Any], object]) -> RefusedError:
    """Return what is wrong with data that cannot be converted to a kind, with steps from the top of the file."""
    return _Refusal(data, convert, inspect.type_info(kind)).of(error)


_MESSAGE = re.compile(r"(?s)(?P<cause>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`)?")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]|(\[\.\.\.\])")


class _Refusal:
    """What msgspec says of data that it cannot convert, in words for those who wrote the file."""

    def __init__(self, data: Any, convert: Callable[[Any], object], kind: inspect.Type) -> None:
        self._data = data
        self._convert = convert
        self._kind = kind

    def of(self, error: msgspec.ValidationError) -> RefusedError:
        """Return what is wrong, with steps from the top of the file."""
        message = _MESSAGE.fullmatch(str(error))
        assert message is not None, error
        steps = self._steps((message["path"] or "") + ("[...]" if message["key"] else ""), str(error))
        if isinstance(error.__cause__, RefusedError):
            refused = error.__cause__
            return RefusedError(*steps, *refused.steps, cause=refused.cause, action=refused.action)
        more, cause, action = self._translated(steps, message["cause"], is_key=bool(message["key"]))
        return RefusedError(*steps, *more, cause=cause, action=action)

    def _translated(self, steps: list[Step], cause: str, *, is_key: bool) -> tuple[tuple[str, ...], str, str]:
        """Return further steps, cause and action."""
        kinds = _kinds(self._kind, steps[:-1] if is_key else steps)
        quoted = re.findall(r"`([^`]*)`", cause)
        if cause.startswith("Object missing"):
            names = {_NAMES[_TYPES.get(type(kind), "str")] for kind in _kinds(self._kind, [*steps, quoted[0]])}
            return (quoted[0],), "is missing", f"add it: {' or '.join(sorted(names))}"
        if cause.startswith("Object contains unknown"):
            known = [
                field.encode_name for kind in kinds if isinstance(kind, inspect.StructType) for field in kind.fields
            ]
            return (quoted[0],), "is not a key known here", suggestion(quoted[0], known)
        if "matching regex" in cause:
            cause = "cannot be part of an id" if is_key else "is empty"
            return (), cause, "use lower-case letters only" if is_key else "say something there"
        if is_key:
            known = [text for kind in kinds if isinstance(kind, inspect.DictType) for text in _texts(kind.key_type)]
            return (), "is not a key known here", suggestion(str(steps[-1]), known)
        if cause.startswith("Invalid enum value"):
            value = str(value_at(self._data, steps))
            return (), "is unknown", suggestion(value, [text for kind in kinds for text in _texts(kind)])
        wanted = " or ".join(_NAMES[name] for name in quoted[0].split(" | ") if name != "null")
        return (), f"is not {wanted}", f"write {wanted}"

    def _steps(self, path: str, message: str) -> list[Step]:
        """Return the steps of a path of msgspec's, which has `[...]` for keys of tables whose keys are free."""
        steps: list[Step] = []
        for name, number, free in _STEP.findall(path):
            steps.append(self._culprit(steps, message) if free else name or int(number))
        return steps

    def _culprit(self, steps: list[Step], message: str) -> str:
        """Return the key of the table at `steps` that alone gives the same error."""
        table = value_at(self._data, steps)
        whole = dict(table)
        for key, value in whole.items():
            table.clear()
            table[key] = value
            try:
                self._convert(self._data)
            except msgspec.ValidationError as error:
                if str(error) == message:
                    return str(key)
            finally:
                table.clear()
                table.update(whole)
        raise AssertionError(message)


def _kinds(kind: inspect.Type, steps: list[Step]) -> list[inspect.Type]:
    """Return the types that may stand where `steps` lead to."""
    if isinstance(kind, inspect.UnionType):
        return [found for each in kind.types for found in _kinds(each, steps)]
    if not steps:
        return [kind]
    if isinstance(kind, inspect.StructType):
        return [
            found for field in kind.fields if field.encode_name == steps[0] for found in _kinds(field.type, steps[1:])
        ]
    if isinstance(kind, inspect.DictType):
        return _kinds(kind.value_type, steps[1:])
    return _kinds(kind.item_type, steps[1:]) if isinstance(kind, inspect.VarTupleType) else []


def _texts(kind: inspect.Type) -> tuple[str, ...]:
    """Return the texts that a type admits; none if they are free."""
    if isinstance(kind, inspect.LiteralType):
        return tuple(map(str, kind.values))
    return choices(kind.cls) if isinstance(kind, inspect.EnumType) else ()
