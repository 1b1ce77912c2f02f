"""Sets of releases as people write them: `2.0-2.3, 2.6`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

_SEPARATOR = ", "


def natural_key(label: str) -> tuple[object, ...]:
    """Return a key that sorts `2.9` before `2.10`, `3.15` before `pypy3.11`, and names that are no versions last."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", label))
    return (not label[:1].isdigit(), re.sub(r"[\d.]+.*", "", label), numbers, label)


def short_labels(releases: Collection[str]) -> dict[str, str]:
    """Return how releases are written: by their minor release where that tells them apart."""
    minors = Counter(map(_minor, releases))
    return {release: _minor(release) if minors[_minor(release)] == 1 else release for release in releases}


def fold(labels: Iterable[str], order: Sequence[str]) -> str:
    """Return the labels as ranges over `order`, in that order: `2.0-2.3, 2.6`; empty for none.

    A range means every label of `order` from its first to its last. Raises `ValueError` for a label that is not
    in `order` or holds a comma, which no reader could tell from the end of a range.
    """
    wanted = set(labels)
    unknown = sorted(wanted.difference(order))
    if unknown or any("," in label for label in wanted):
        raise ValueError(f"cannot be folded: {unknown or sorted(wanted)}")
    runs: list[list[str]] = []
    together = False
    for label in order:
        if label not in wanted:
            together = False
        elif together:
            runs[-1].append(label)
        else:
            runs.append([label])
            together = True
    return _SEPARATOR.join(part for run in runs for part in _written(run, order))


def unfold(text: str, order: Sequence[str]) -> list[str]:
    """Return the labels that `fold` wrote as `text`, in their order. Raises `ValueError` for what is not in `order`."""
    wanted: set[str] = set()
    for part in text.split(_SEPARATOR) if text else ():
        if part in order:
            wanted.add(part)
            continue
        ends = _ends(part, order)
        if len(ends) != 1:
            raise ValueError(f"{part!r} is neither a label nor a range of them")
        first, last = ends[0]
        wanted.update(order[first : last + 1])
    return [label for label in order if label in wanted]


def _minor(release: str) -> str:
    parts = release.split(".")
    return ".".join(parts[:2]) if all(part.isdigit() for part in parts[:2]) else release


def _written(run: list[str], order: Sequence[str]) -> list[str]:
    if len(run) == 1:
        return run
    text = f"{run[0]}-{run[-1]}"
    # Labels may hold dashes themselves: what could be read in two ways is listed instead.
    return [text] if text not in order and len(_ends(text, order)) == 1 else run


def _ends(text: str, order: Sequence[str]) -> list[tuple[int, int]]:
    """Every way of reading `text` as `<first>-<last>`, as positions in `order`."""
    found = []
    for dash in re.finditer("-", text):
        first, last = text[: dash.start()], text[dash.end() :]
        if first in order and last in order:
            found.append((order.index(first), order.index(last)))
    return found
