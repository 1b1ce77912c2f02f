"""TOML files decoded into types; what does not fit is refused with file, key, value, cause and what would be right.

A type is a `TomlRecord`. What it cannot say by its fields alone it says in `__post_init__`, by raising `RefusedError`;
so does a parser, a function from what stands in the file to a value. msgspec does the rest, and says in its own words
what is wrong: `harness.infra.toml_errors` translates them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec

from harness.infra.errors import ConfigurationError
from harness.infra.toml_errors import RefusedError, Step, choices, explain, suggestion, value_at

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")
Parsers = Mapping[Any, Callable[[Any], Any]]
"""By type: what makes a value of it from a text (a tuple from several), or raises `RefusedError`."""

Text = Annotated[str, msgspec.Meta(pattern=r"\S")]
"""A text that says something."""


class TomlRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a TOML file with the keys that it may have."""


class Several(tuple[T, ...]):
    """Texts, names of a `Literal` or members of an enum: a list in the file, or one alone. None is there twice."""

    __slots__ = ()


def _several(item: Any, value: Any) -> Several[Any]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
        raise RefusedError(cause="is not a list of strings", action="write a list of strings")
    if len(set(texts)) != len(texts):
        raise RefusedError(cause="names something twice", action="write it once")
    known = choices(item)
    for text in texts if known else ():
        if text not in known:
            raise RefusedError(cause=f"{text!r} is unknown", action=suggestion(text, known))
    return Several(map(item, texts) if isinstance(item, type) else texts)


class TomlFile:
    """What stands in a TOML file, not decoded yet."""

    def __init__(self, data: dict[str, Any], name: str) -> None:
        self._data = data
        self._name = name

    @classmethod
    def load(cls, path: Path, name: str | None = None) -> TomlFile:
        """Return the whole of a file, which errors call `name`, by default by its path.

        `ConfigurationError` if it cannot be read or is not TOML.
        """
        name = name or str(path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                value=name, cause=f"cannot be read: {error}", action="name a readable TOML file"
            ) from error
        return cls.parse(text, name=name)

    @classmethod
    def parse(cls, text: str, *, name: str) -> TomlFile:
        """Return the whole of `text`, which errors call `name`; `ConfigurationError` if it is not TOML."""
        try:
            return cls(tomllib.loads(text), name)
        except RecursionError as error:
            raise ConfigurationError(
                value=name, cause="is nested too deeply to be read", action="write it with fewer brackets in brackets"
            ) from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(
                value=name, cause=f"is not TOML: {error}", action="correct the syntax there"
            ) from error

    def decode(self, kind: type[T], parsers: Parsers | None = None) -> T:
        """Return the file as `kind`; `ConfigurationError` for the first thing in it that does not fit."""

        def convert(data: Any) -> T:
            return msgspec.convert(data, kind, builtin_types=(date,), dec_hook=parse)

        def parse(type_: Any, value: Any) -> Any:
            if get_origin(type_) is Several:
                return _several(get_args(type_)[0], value)
            if issubclass(type_, tuple):
                return (parsers or {})[type_](_several(str, value))
            if not isinstance(value, str):
                raise RefusedError(cause="is not a string", action="write a string")
            return (parsers or {})[type_](value)

        try:
            return convert(self._data)
        except msgspec.ValidationError as error:
            refused = explain(error, self._data, kind, convert)
        raise self._error(refused)

    @contextmanager
    def at(self, *steps: Step) -> Iterator[None]:
        """Turn a `RefusedError` into the `ConfigurationError` about what it says of the table that `steps` lead to."""
        try:
            yield
        except RefusedError as error:
            refused = RefusedError(*steps, *error.steps, cause=error.cause, action=error.action)
            raise self._error(refused) from None

    def _error(self, refused: RefusedError) -> ConfigurationError:
        value = value_at(self._data, refused.steps)
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in refused.steps)[1:]
        where = f"{self._name}: {path}" if path else self._name
        # A whole table says nothing more than its name.
        if value is not None and "{" not in repr(value):
            where += f" = {value!r}"
        return ConfigurationError(value=where, cause=refused.cause, action=refused.action)
