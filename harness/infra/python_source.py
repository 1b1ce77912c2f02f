"""Python source that somebody else wrote: parsed here, never run."""

from __future__ import annotations

import ast
import warnings

TOO_DEEP = (RecursionError, MemoryError)
"""What Python raises of source that is nested too deeply for it."""


def parse_python(source: str | bytes, name: str = "<unknown>") -> ast.Module:
    r"""Return the tree of a module's source. Raises `SyntaxError`, `ValueError` (null bytes) or what `TOO_DEEP` holds.

    What the compiler warns of, such as `"\s"`, is its author's matter: it is neither printed nor, under `-W error`,
    raised.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source, name)


def for_type_checkers(node: ast.stmt) -> bool:
    """Return whether a statement is an `if TYPE_CHECKING`, whose body does not run."""
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
