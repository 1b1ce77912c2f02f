"""What lies behind cells, each text once and its lines once, within a size that a page can hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from harness.infra.text import visible
from harness.model.result import Evidence
from harness.render.html.columns import Pool
from harness.render.view import ReportView
from harness.store.run_store import RunStore

_TEXT = 6_000
"""Characters kept of one text."""
_LINE = 400
"""Characters kept of one line."""
_OUTPUT = 1_500
"""Characters kept of the end of what a process printed."""
_LINES = 2_000_000
"""Characters of all different lines together."""

_PLACES = (
    (re.compile(r"[^\s\"'<>]*[\\/]envs[\\/][0-9a-f]{16,}[\\/]venv"), "<environment>"),
    (re.compile(r"[^\s\"'<>]*[\\/]overlays[\\/][0-9a-f]{16,}[\\/]site"), "<overlay>"),
    (re.compile(r"(?<![^\s\"'(=])/[^\s\"'<>]*(?=/lib/python3)"), "<python>"),
    (re.compile(r"[^\s\"'<>]*[\\/]scenarios(?=[\\/])"), "<scenarios>"),
)
"""What differs by machine, and is nobody's business but its user's: where things are installed."""
LEFT_OUT = "… left out here: there is too much of it; `scrapy-compat show` of this cell has it"


class Texts:
    """Long texts as numbers of lines. What is hostile in them is written visibly, what is too long is cut."""

    def __init__(self, budget: int = _LINES) -> None:
        """`budget`: characters of all different lines together; a text beyond it is one line that says so."""
        self.lines: Pool[str] = Pool()
        self._texts: Pool[tuple[int, ...]] = Pool(())
        self._known: dict[str, int] = {}
        self._budget = budget

    def add(self, text: str, cap: int = _TEXT) -> int:
        """Return the number of a text; 0 is that of an empty one."""
        if not text.strip():
            return 0
        numbers = tuple(map(self._line, _cut(text, cap).rstrip().split("\n")))
        if self._budget < 0:
            return self._texts.add((self.lines.add(LEFT_OUT),))
        return self._texts.add(numbers)

    def _line(self, line: str) -> int:
        number = self._known.get(line)
        if number is None:
            shown = _shown(line)
            self._budget -= len(shown)
            number = self._known[line] = self.lines.add(shown)
        return number

    def columns(self) -> dict[str, Sequence[int]]:
        """Return the numbers of lines of all texts behind one another, and how many each has."""
        texts = list(self._texts)
        return {"text_lines": [number for text in texts for number in text], "text_sizes": list(map(len, texts))}


def evidence_numbers(view: ReportView, texts: Texts) -> tuple[dict[int, int], list[tuple[int, int, int]]]:
    """Return what is kept of each document, by its number, as a place in the list beside it: numbers of `texts`.

    The list has exception, stacks and output. What many cells share comes first, so that it is not what is cut.
    """
    counts = Counter(number for block in view.blocks for number in block.evidence if number is not None)
    kept: Pool[tuple[int, int, int]] = Pool((0, 0, 0))
    ordered = [number for number, _ in counts.most_common()]
    return {number: kept.add(_numbers(found, texts)) for number, found in _read(view, ordered)}, list(kept)


def _read(view: ReportView, numbers: Iterable[int]) -> Iterable[tuple[int, Evidence]]:
    if view.source is None:
        return ()
    with RunStore(view.source) as store:
        return store.evidence(numbers)


def _numbers(evidence: Evidence, texts: Texts) -> tuple[int, int, int]:
    # What a process printed tells nothing more where there is an exception, and it is long.
    output = "" if evidence.exception or evidence.stacks else evidence.stderr or evidence.stdout
    if len(output) > _OUTPUT:
        output = f"[… {len(output) - _OUTPUT:,} characters before this are cut]\n{output[-_OUTPUT:]}"
    return texts.add(evidence.exception), texts.add(evidence.stacks), texts.add(output)


def _cut(text: str, cap: int) -> str:
    if len(text) <= cap:
        return text
    half = cap // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half:,} characters cut …]\n{text[-half:]}"


def _shown(line: str) -> str:
    """Return a line, printable and without the places of this machine."""
    line = line.rstrip("\r")
    for place, name in _PLACES:
        line = place.sub(name, line)
    line = visible(line)
    return line if len(line) <= _LINE else f"{line[:_LINE]} [… {len(line) - _LINE:,} characters cut]"
