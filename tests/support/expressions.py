"""What stands between `${{` and `}}` in a workflow, evaluated as GitHub documents it: as much of it as is used here.

Whatever else is written there is an error, so that no workflow says what no test has understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Contexts = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w.-]*)|(?P<mark>\|\||&&|==|!=|[!(),]))")


class NotUnderstoodError(Exception):
    """An expression of a kind that is not known here."""


def fill(text: str, contexts: Contexts, functions: Functions) -> Any:
    """`text` with every expression evaluated: the value itself where there is nothing around it, else a string."""
    first = EXPRESSION.match(text.strip())
    if first is not None and first.end() == len(text.strip()):
        return evaluate(first[1], contexts, functions)
    return EXPRESSION.sub(lambda found: shown(evaluate(found[1], contexts, functions)), text)


def shown(value: Any) -> str:
    """A value as it is put into a text."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def evaluate(text: str, contexts: Contexts, functions: Functions) -> Any:
    """The value of one expression."""
    tokens, rest = [], text.strip()
    while rest:
        found = _TOKEN.match(rest)
        if found is None:
            raise NotUnderstoodError(rest)
        tokens.append(found[0].strip())
        rest = rest[found.end() :].strip()
    reader = _Reader(tokens, contexts, {"fromJSON": json.loads, **functions})
    value = reader.either()
    if reader.tokens:
        raise NotUnderstoodError(text)
    return value


@dataclass(slots=True)
class _Reader:
    """Reads an expression from the left; what binds less is read by a method further up."""

    tokens: list[str]
    contexts: Contexts
    functions: Functions

    def either(self) -> Any:
        value = self.both()
        while self.took("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> Any:
        value = self.equal()
        while self.took("&&"):
            other = self.equal()
            value = value and other
        return value

    def equal(self) -> Any:
        value = self.single()
        while self.tokens and self.tokens[0] in {"==", "!="}:
            wanted = self.tokens.pop(0) == "=="
            value = _same(value, self.single()) is wanted
        return value

    def single(self) -> Any:
        if self.took("!"):
            return not self.single()
        if self.took("("):
            value = self.either()
            self.expect(")")
            return value
        token = self.tokens.pop(0) if self.tokens else "the end"
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token in {"true", "false"}:
            return token == "true"
        return self.called(token) if self.tokens[:1] == ["("] else self.looked_up(token)

    def called(self, name: str) -> Any:
        if name not in self.functions:
            raise NotUnderstoodError(name)
        self.expect("(")
        given: list[Any] = []
        while not self.took(")"):
            given.append(self.either())
            self.took(",")
        return self.functions[name](*given)

    def looked_up(self, name: str) -> Any:
        """What is not there is nothing, as GitHub has it; but a context that is not known is a mistake."""
        first, *keys = name.split(".")
        if first not in self.contexts:
            raise NotUnderstoodError(name)
        value = self.contexts[first]
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def took(self, mark: str) -> bool:
        if self.tokens[:1] != [mark]:
            return False
        self.tokens.pop(0)
        return True

    def expect(self, mark: str) -> None:
        if not self.took(mark):
            raise NotUnderstoodError(f"no {mark}")


def _same(one: Any, other: Any) -> bool:
    """Texts are compared without regard to case; nothing is as good as an empty text."""
    return shown(one).casefold() == shown(other).casefold()
