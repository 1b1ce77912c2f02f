"""Reads TOML strictly: every key is asked for by type, and what nobody asked for is refused."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from harness.infra.errors import ConfigurationError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")

_NAMES = {str: "a string", bool: "true or false", date: "a day such as 2020-03-18", dict: "a table", list: "a list"}


def suggestion(value: str, known: Iterable[str]) -> str:
    """What would be right instead of `value`: the closest names, or all of them if none is close."""
    names = sorted(known)
    close = difflib.get_close_matches(value, names, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"use one of {', '.join(names)}" if names else "there is nothing to choose from"


class TomlTable:
    """A TOML table with its place in the file, so that whatever is wrong in it can be named."""

    def __init__(self, data: dict[str, Any], *, file: str, path: str = "") -> None:
        self._data = data
        self._asked: set[str] = set()
        self.file = file
        self.path = path

    @classmethod
    def load(cls, file: Path) -> TomlTable:
        """The whole of `file`; `ConfigurationError` if it cannot be read or is not TOML."""
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                value=str(file), cause=f"cannot be read: {error}", action="name a readable TOML file"
            ) from error
        return cls.parse(text, file=str(file))

    @classmethod
    def parse(cls, text: str, *, file: str) -> TomlTable:
        """The whole of `text`, which errors call `file`; `ConfigurationError` if it is not TOML."""
        try:
            return cls(tomllib.loads(text), file=file)
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(
                value=file, cause=f"is not TOML: {error}", action="correct the syntax there"
            ) from error

    def refusal(self, key: str, cause: str, action: str) -> ConfigurationError:
        """The error that says what is wrong with the value of `key`."""
        place = f"{self.path}.{key}" if self.path else key
        shown = f" = {self._data[key]!r}" if key in self._data else ""
        return ConfigurationError(value=f"{self.file}: {place}{shown}", cause=cause, action=action)

    def optional(self, key: str, kind: type[T]) -> T | None:
        """The value of `key` if it is there; `ConfigurationError` unless it is of `kind`."""
        self._asked.add(key)
        value = self._data.get(key)
        # A TOML date-time is a `date` to Python, and a place in time is not a day.
        if value is None or (isinstance(value, kind) and not isinstance(value, datetime)):
            return value
        raise self.refusal(key, f"is not {_NAMES[kind]}", f"write {_NAMES[kind]}")

    def required(self, key: str, kind: type[T]) -> T:
        """The value of `key`; `ConfigurationError` if it is missing, of another kind, or an empty string."""
        value = self.optional(key, kind)
        if value is None:
            raise self.refusal(key, "is missing", f"add it: {_NAMES[kind]}")
        if isinstance(value, str) and not value.strip():
            raise self.refusal(key, "is empty", "say something there")
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        """The list of strings at `key`, empty if there is none; a string alone counts as a list of one."""
        self._asked.add(key)
        value = self._data.get(key, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(item, str) and item for item in values):
            raise self.refusal(key, "is not a list of strings", "write a list of strings")
        if len(set(values)) != len(values):
            raise self.refusal(key, "names something twice", "write it once")
        return tuple(values)

    def has(self, key: str) -> bool:
        """Whether `key` is there at all; whoever asks knows the key."""
        self._asked.add(key)
        return key in self._data

    def holds(self, key: str, kind: type) -> bool:
        """Whether the value of `key` is of `kind`."""
        return isinstance(self._data.get(key), kind)

    def table(self, key: str) -> TomlTable:
        """The table at `key`; an empty one if there is none."""
        data: dict[str, Any] = self.optional(key, dict) or {}
        return TomlTable(data, file=self.file, path=f"{self.path}.{key}" if self.path else key)

    def tables(self, key: str) -> tuple[TomlTable, ...]:
        """The array of tables at `key`; empty if there is none."""
        values: list[Any] = self.optional(key, list) or []
        if not all(isinstance(value, dict) for value in values):
            raise self.refusal(key, "is not a list of tables", "write a list of tables")
        place = f"{self.path}.{key}" if self.path else key
        return tuple(TomlTable(value, file=self.file, path=f"{place}[{n}]") for n, value in enumerate(values))

    def named(self) -> dict[str, TomlTable]:
        """Every value of this table as a table, by its key."""
        return {key: self.table(key) for key in self._data}

    def values(self) -> dict[str, Any]:
        """The values as they are, for a table whose keys are free."""
        self._asked.update(self._data)
        return dict(self._data)

    def finish(self) -> None:
        """`ConfigurationError` if there is a key that nobody asked for."""
        for key in self._data:
            if key not in self._asked:
                raise self.refusal(key, "is not a key known here", suggestion(key, self._asked))
