"""Python source that somebody else wrote: parsed here, never run."""

from __future__ import annotations

import ast
import warnings

_DEEPEST = 300
"""Levels of a tree that whoever visits it recursively can go down, on top of what called it."""
TOO_DEEP = (RecursionError, MemoryError)
"""What is raised of source that is nested too deeply for Python, or for those who read the tree."""


def parse_python(source: str | bytes, name: str = "<unknown>") -> ast.Module:
    r"""Return the tree of a module's source. Raises `SyntaxError`, `ValueError` (null bytes) or what `TOO_DEEP` holds.

    What the compiler warns of, such as `"\s"`, is its author's matter: it is neither printed nor, under `-W error`,
    raised.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = ast.parse(source, name)
    if _is_deeper(module, _DEEPEST):
        raise RecursionError(f"an expression or a block is nested more than {_DEEPEST} levels deep")
    return module


def _is_deeper(module: ast.Module, most: int) -> bool:
    level: list[ast.AST] = [module]
    for _ in range(most):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def for_type_checkers(node: ast.stmt) -> bool:
    """Return whether a statement is an `if TYPE_CHECKING`, whose body does not run."""
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
