"""The command that runs a cell of a stored run again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from harness.store.schema import is_of_target

_KEPT = ("--scenarios", "--matrix")
"""Options of the run without which a cell of it may not be known."""
_CHOSEN_BY_TRY = frozenset(
    {
        "--platform",
        "--python",
        "--scrapy",
        "--profile",
        "--lane",
        "--scenario",
        "--helper",
        "--cell",
        "--check",
        "--against",
        "--budget",
        "--emit",
        "--fail-on",
        "--out",
        "--jobs",
        "-j",
    }
)
"""Options of `try`, each with a value, that choose cells or say how they are run."""
_SHOWN_BY_TRY = frozenset({"--json", "--fresh", "--upgrade"})


def run_again(command: Sequence[str], *cells: str) -> str:
    """Return the command line that runs cells of the run that `command` started, each alone."""
    return shlex.join(words_of_running_again(command, *cells))


def words_of_running_again(command: Sequence[str], *cells: str) -> list[str]:
    """Return the words of that command line, unquoted, for any shell."""
    named = [word for cell in cells for word in ("--cell", cell)]
    if is_of_target(command):
        return ["scrapy-compat", *_tried_again([word for word in command if word != "--debug"], named)]
    return ["scrapy-compat", "run", *_kept(command), *named, "--isolate", "--fresh"]


def _tried_again(command: Sequence[str], named: Sequence[str]) -> Iterator[str]:
    """Return the words of `try` for some cells of the same target: what chose others is left out."""
    # What stands behind is pytest's.
    place = command.index("--") if "--" in command else len(command)
    ours, given = command[:place], command[place:]
    skips = False
    for word in ours:
        name, equals, _ = word.partition("=")
        if skips or word in _SHOWN_BY_TRY:
            skips = False
        elif name in _CHOSEN_BY_TRY:
            skips = not equals
        else:
            yield word
    yield from (*named, "--fresh", *given)


def _kept(command: Sequence[str]) -> Iterator[str]:
    for number, argument in enumerate(command):
        name, equals, value = argument.partition("=")
        if name in _KEPT:
            yield from (name, value) if equals else command[number : number + 2]
