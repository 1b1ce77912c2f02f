"""Text from cells is hostile: whatever a process printed or raised is made harmless before it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

CAP = 160
"""Characters kept of a line from a cell where there are many of them."""
LINE_CAP = 2_000
"""The same where one cell is shown whole."""

_ASCII = 0x7F
_SLUG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9 ._:,+=<>/'()*-]*")
_MARKDOWN = re.compile(r"[\\`*\[\]|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^[-=#+>]")
_LINKS = re.compile(r"[@#]|:(?=//)|(?i:www)(?=\.)")


def visible(text: str) -> str:
    r"""The text with what is not printable (control characters, direction marks) written as `\x1b`; lines are kept."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(each if each in "\n\t" or each.isprintable() else _written(each) for each in text)


def one_line(text: str, cap: int = CAP) -> str:
    """The text on one line, printable, of at most `cap` characters."""
    # Cut first, so that 100 MB of it cost nothing; white space shrinks, so leave some room for it.
    line = visible(" ".join(text[: cap * 8].split()))
    return line if len(line) <= cap else line[: cap - 1] + "…"


def capped_lines(text: str, cap: int = LINE_CAP) -> Iterator[str]:
    """The lines of the text, printable, of each at most `cap` characters and a mark that says how many were cut."""
    # Only where terminals break lines: what others take for ends of lines is written out.
    for line in re.split(r"\r?\n", text):
        shown = visible(line[:cap])
        yield shown if len(line) <= cap else f"{shown} [... {len(line) - cap:,} characters cut]"


def prose(text: str, cap: int = CAP) -> str:
    """Text from a cell as Markdown that shows it as it is, also within a table; nothing of it becomes mark-up."""
    line = one_line(text, cap).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _MARKDOWN.sub(lambda found: f"\\{found[0]}", line)
    # A zero-width space: a backslash keeps no mention, issue number or bare address from becoming a link.
    return _LINKS.sub(lambda found: f"{found[0]}\u200b", line)


def code(text: str, cap: int = CAP) -> str:
    """Text from a cell as a Markdown code span, or as `prose` where it has what a code span cannot hold."""
    line = one_line(text, cap)
    return f"`{line}`" if _SLUG.fullmatch(line) else prose(text, cap)


def number(count: int) -> str:
    """The count as people read it: `12,345`."""
    return f"{count:,}"


def plural(count: int, noun: str) -> str:
    """`1 cell`, `12,345 cells`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def join(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _written(character: str) -> str:
    return (
        character.encode("ascii", "backslashreplace").decode()
        if ord(character) > _ASCII
        else f"\\x{ord(character):02x}"
    )
