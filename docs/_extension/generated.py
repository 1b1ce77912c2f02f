"""The directive `{generated} WHAT`: Markdown made of what the code itself says, at the place where it stands.

Also makes reStructuredText of the help texts that `sphinx-click` takes from the commands, which are plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

import schemas
import words
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

TEXTS: dict[str, Callable[[], str]] = {
    "closes": words.closes,
    "exit-codes": words.exit_codes,
    "lanes": words.lanes,
    "mechanisms": words.mechanisms,
    "outcomes": words.outcomes,
    "pin-states": words.pin_states,
    "plans": words.plans,
    "profiles": words.profiles,
    "scenarios": words.scenarios,
    "schemas": schemas.schemas,
}


class Generated(SphinxDirective):
    """One of `TEXTS`, parsed as if it stood on the page."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, object]] = {}

    def run(self) -> list[nodes.Node]:
        """The nodes of the text; a name that is none is an error of the page."""
        name = self.arguments[0]
        if name not in TEXTS:
            raise self.error(f"{name!r} is none of {', '.join(TEXTS)}")
        found: list[nodes.Node] = self.parse_text_to_nodes(TEXTS[name](), allow_section_headings=True)
        return found


_PLAIN = re.compile(r"([*|_\\])")
_PATH = re.compile(r"\w+Path\(('|\")(.*?)\1\)")
_QUOTED = re.compile(r"(`[^`]+`)")


def _as_rst(text: str) -> str:
    """A line of help as reStructuredText: what stands between backticks is code, and nothing else is markup."""
    parts = _QUOTED.split(text)
    return "".join(f"`{part}`" if _QUOTED.fullmatch(part) else _PLAIN.sub(r"\\\1", part) for part in parts)


def _describe(_app: Sphinx, _context: object, lines: list[str]) -> None:
    """The text of a command: its examples, which are lines that begin with `|`, become code to copy."""
    found: list[str] = []
    for line in lines:
        bar, _, rest = line.partition(" ")
        if bar != "|":
            found.append(_as_rst(line))
        elif rest.startswith("  "):
            found.append(f"   $ {rest.strip()}")
        elif rest.startswith("Example"):
            found += [f"**{rest.rstrip(':')}**", "", ".. code-block:: console", ""]
        else:
            found.append(f"| {_as_rst(rest)}")
    lines[:] = found


def _describe_options(_app: Sphinx, _context: object, lines: list[str]) -> None:
    """The options of a command; a default that is a path is written as one would type it."""
    written = (_PATH.sub(r"'\2'", line) for line in lines)
    lines[:] = [line if line.lstrip().startswith((".. ", ":")) else _as_rst(line) for line in written]


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("generated", Generated)
    app.connect("sphinx-click-process-description", _describe)
    app.connect("sphinx-click-process-options", _describe_options)
    return {"parallel_read_safe": True}
