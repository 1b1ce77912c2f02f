"""Finds neighbouring steps of an axis between which a cell changes, by trying as few as tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from harness.environments.provider import environment_result
from harness.experiments.bisect.step_results import AxisStep, Beginning, Bisection, StepResult
from harness.experiments.bisect.steps import BisectAxes
from harness.experiments.bisect.stored_pair import StoredEnd, narrowest_pair, place_of
from harness.experiments.lab import Lab, TrialResult
from harness.infra.errors import ConfigurationError
from harness.infra.packages.index import IndexUnavailableError
from harness.model.outcome import Outcome
from harness.model.result import EnvironmentResult


def find_changes(signature: Callable[[int], Hashable], points: Iterable[int]) -> list[int]:
    """Every number after which `signature` changes, as far as bisecting between neighbours in `points` tells.

    What changes and changes back between two points that are alike is not seen.
    """
    found: list[int] = []

    def between(first: int, last: int) -> None:
        if signature(first) == signature(last):
            return
        if last - first == 1:
            found.append(first)
            return
        middle = (first + last) // 2
        between(first, middle)
        between(middle, last)

    ordered = sorted(set(points))
    for first, last in pairwise(ordered):
        between(first, last)
    return found


def steps_tried(points: Iterable[int], changes: Collection[int]) -> int:
    """Return how many numbers bisecting between `points` looks at where the changes are after those of `changes`."""
    looked: set[int] = set()

    def signature(place: int) -> int:
        looked.add(place)
        return sum(place > change for change in changes)

    find_changes(signature, points)
    return len(looked)


def spanned(good: int | None, bad: int | None, *, itself: int | None, newest: int) -> tuple[int, int]:
    """Return the first and the last place to look at, of those from 0 to `newest`.

    Where one end is given the other is the place of the cell itself; where that is the same, or is not on the axis, a
    good one goes as far as the newest, and a bad one as far as the oldest.
    """
    given = [place for place in (good, bad) if place is not None]
    if len(given) == 1:
        other = newest if bad is None else 0
        given.append(other if itself in {None, given[0]} else itself or 0)
    return (min(given), max(given)) if given else (0, newest)


@dataclass(slots=True)
class Bisector:
    """Bisects one cell."""

    axes: BisectAxes
    lab: Lab
    _sides: dict[str, StepResult] = field(default_factory=dict, init=False)

    def bisect(
        self, axis: str, *, good: str | None = None, bad: str | None = None, stored: Iterable[StoredEnd] = ()
    ) -> Bisection:
        """The changes along `axis` between the ends that `spanned` gives.

        Where `stored`, what runs have of the cell along the axis, tells of a passing and a failing end in that range,
        the nearest two are run. What is between them is all that is bisected if they are as different here.
        Raises `ConfigurationError` for what is not on the axis, `IndexUnavailableError`.
        """
        own, steps = self.axes.steps(axis)
        labels = [step.label for step in steps]
        itself = place_of(labels, own)
        ends = (None if end is None else _place(labels, end, axis) for end in (good, bad))
        first, last = spanned(*ends, itself=itself, newest=len(steps) - 1)
        # The cell's own value too: it is what was asked about, and may differ from two ends that are alike.
        points = [each for each in (first, last, itself) if each is not None and first <= each <= last]
        beginning = self._beginning(steps[first : last + 1], list(stored), own)
        holds = beginning is not None and beginning.holds
        begun = [labels.index(side.step.label) for side in beginning.measured] if beginning and holds else points
        places = find_changes(lambda place: self._side(steps[place]).signature, begun)
        return Bisection(
            axis=axis,
            steps=tuple(steps[first : last + 1]),
            tried=tuple(self._sides[label] for label in labels if label in self._sides),
            changes=tuple((self._side(steps[place]), self._side(steps[place + 1])) for place in places),
            beginning=beginning,
            whole=steps_tried(points, places),
        )

    def _beginning(self, steps: Sequence[AxisStep], stored: Sequence[StoredEnd], own: str) -> Beginning | None:
        """The nearest two of the stored ends that are as different as can be, run here."""
        result = next((end.result for end in stored if end.label == own), None)
        labels = [step.label for step in steps]
        pair = narrowest_pair(labels, stored, result)
        if pair is None:
            return None
        first, last = (self._side(steps[_place(labels, end.label, "")]) for end in (pair.first, pair.last))
        return Beginning(stored=pair, measured=(first, last))

    def _side(self, step: AxisStep) -> StepResult:
        if step.label not in self._sides:
            lane = step.planned.lanes[0]
            if lane.status is not None:
                seen = TrialResult(environment=environment_result(step.planned), cells=())
                self._sides[step.label] = _side(step, seen, lane.status, lane.reason)
            else:
                seen = self.lab.run(step.planned, keep=True, isolate=True)
                self._sides[step.label] = _side(step, seen, *_status(seen.environment))
        return self._sides[step.label]


def _place(labels: Sequence[str], wanted: str, axis: str) -> int:
    place = place_of(labels, wanted)
    if place is None:
        raise ConfigurationError(
            value=wanted, cause=f"is not on the axis {axis} for this cell", action=f"choose from {', '.join(labels)}"
        )
    return place


def _status(environment: EnvironmentResult) -> tuple[Outcome | None, str | None]:
    """Why no cell could be run, if so."""
    if environment.status is not None:
        return environment.status, environment.reason
    refused = next((each for each in environment.overlays if each.status is not None), None)
    return (None, None) if refused is None else (refused.status, f"{refused.name}: {refused.reason}")


def _side(step: AxisStep, seen: TrialResult, status: Outcome | None, reason: str | None) -> StepResult:
    cell = seen.cells[0] if seen.cells else None
    if cell is None and (status is None or status is Outcome.NOT_RUN or status is Outcome.MISSING_INTERPRETER):
        raise IndexUnavailableError(
            value=step.planned.id, cause=reason or "its cell was not run", action="run the same command again"
        )
    outcome = cell.outcome if cell is not None else status
    assert outcome is not None
    return StepResult(
        step=step,
        outcome=outcome,
        mechanism=cell.mechanism if cell is not None else None,
        detail=cell.detail if cell is not None else reason,
        environment=seen.environment,
        cell=cell,
    )
