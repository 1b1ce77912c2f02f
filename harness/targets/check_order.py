"""In which order the environments of a target are asked: those first that tell most, should time end early."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from harness.analysis.ranges import natural_key
from harness.model.ids import EnvironmentId

Value = TypeVar("Value")


def check_order(environments: Collection[EnvironmentId], control: EnvironmentId) -> tuple[str, ...]:
    """Return the ids of environments in the order in which they are asked.

    First that of the control. Then each release of Scrapy once, on the Python nearest to the control's: the newest, the
    oldest, and what halves the widest gap that is left. Then the other Pythons, in the same order.
    """
    pythons = sorted({each.python for each in (*environments, control)}, key=natural_key)
    numbers = {python: number for number, python in enumerate(pythons)}
    release = _ranks(sorted({each.scrapy for each in environments}, key=natural_key))
    python = _ranks(pythons)

    def far(each: EnvironmentId) -> int:
        return abs(numbers[each.python] - numbers[control.python])

    nearest: dict[str, str] = {}
    for each in sorted(environments, key=far):
        nearest.setdefault(each.scrapy, each.python)
    wanted = sorted(
        environments,
        key=lambda each: (
            each != control,
            each.python != nearest[each.scrapy],
            python[each.python] if each.python != nearest[each.scrapy] else 0,
            release[each.scrapy],
        ),
    )
    return tuple(each.id for each in wanted)


def _ranks(values: Sequence[str]) -> dict[str, int]:
    return {value: rank for rank, value in enumerate(_ends_first(values))}


def _ends_first(values: Sequence[Value]) -> Iterator[Value]:
    """Yield the last value, the first, and then the middle of each gap between two, the widest gaps first."""
    yield from values[-1:]
    yield from values[:-1][:1]
    gaps = deque([(0, len(values) - 1)])
    while gaps:
        low, high = gaps.popleft()
        middle = (low + high) // 2
        if low < middle:
            yield values[middle]
            gaps += [(middle, high), (low, middle)]
