"""Scripts and styles of the page, as they stand in it.

The scripts are ES modules, one subject each. A file that opens from disk cannot import others, so they are put one
behind another: what is imported stands before, and no two modules may use the same name at their top.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from harness.render.html.outcome_style import outcome_script, outcome_styles

FOLDER = Path(__file__).parent
MODULES = (
    "words",
    "elements",
    "data",
    "state",
    "query",
    "cell",
    "again",
    "drawer",
    "filters",
    "pivot",
    "cells",
    "charts",
    "tables",
    "environments",
    "theme",
    "main",
)
"""The page's own scripts, each after those that it imports."""
GENERATED = "outcomes"
"""The module that is made from the outcomes; it stands before all others."""
VENDORED = "dataTables.min.js"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|const|class|let) )", re.MULTILINE)


@cache
def own_script() -> str:
    """Return the page's own modules as one. Raises `ValueError` where one imports what does not stand before it."""
    parts = [_EXPORT.sub("", outcome_script())]
    for number, name in enumerate(MODULES):
        source = (FOLDER / "js" / f"{name}.js").read_text(encoding="utf-8")
        for imported in _IMPORT.findall(source):
            if imported not in (GENERATED, *MODULES[:number]):
                raise ValueError(f"{name}.js imports {imported}.js, which does not stand before it")
        parts.append(_EXPORT.sub("", _IMPORT.sub("", source)))
    return _inlined("\n".join(parts))


@cache
def library() -> str:
    """Return the library of interactive tables."""
    return _inlined((FOLDER / "vendor" / VENDORED).read_text(encoding="utf-8"))


@cache
def styles() -> str:
    """Return the page's styles."""
    return (FOLDER / "css" / "page.css").read_text(encoding="utf-8") + outcome_styles()


def hash_of(script: str) -> str:
    """Return the script as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


def _inlined(script: str) -> str:
    """Return a script that may stand in a page. Raises `ValueError` for one that would end there too early."""
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("a script holds what ends a script")
    return script
