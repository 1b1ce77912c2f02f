"""What, changed alone, changes the result of one cell, as lines of plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from harness.analysis.cell_causes import AxisPairs, JointChange
from harness.analysis.minimal_pairs import AxisEffect, Point, point_orders
from harness.analysis.package_changes import PackageChange
from harness.analysis.ranges import fold, short_labels
from harness.infra.text import LINE_CAP, join, one_line, plural
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.render.explained_cell import ExplainedCell
from harness.render.rerun_command import run_again
from harness.render.view import shipped_words

if TYPE_CHECKING:
    # Only --measure has these, and they take long to import.
    from harness.experiments.exchange_lab import PackageAnswer
    from harness.experiments.package_exchange import ExchangeTrial

_NAMES = {"scrapy": "Scrapy", "python": "Python"}
_ORDERED = ("scrapy", "python")
_LISTED = 6
_PACKAGES = 4


class WhyLines:
    """The lines about one cell."""

    def __init__(self, found: ExplainedCell) -> None:
        self.found = found

    def lines(self, packages: PackageAnswer | None = None) -> Iterator[str]:
        """Yield the answer, with `packages` if these were exchanged, what does not help, what was not tried."""
        cell = self.found.cell
        yield cell.at.key.id
        yield f"{_result(cell)}{f': {one_line(cell.detail, LINE_CAP)}' if cell.detail else ''}"
        yield f"from {' and '.join(self._sources())}"
        yield ""
        if not self.found.comparable:
            yield f"Nothing is known of this cell, so nothing can be compared with it. {_RUN_IT}"
            yield f"    {run_again(self.found.runs[0].command, self.found.cell.at.key.id)}"
            return
        yield from self._answer()
        if packages is not None:
            yield from package_lines(packages)
        yield from self._joint()
        yield from self._no_help()
        yield from self._scenarios()
        yield from self._elsewhere()
        yield from self._not_tried()

    def _sources(self) -> Iterator[str]:
        *runs, last = self.found.runs
        own = runs if self.found.shipped else [*runs, last]
        if own:
            yield f"run {own[0].id} of the plan {own[0].plan}"
        if len(own) > 1:
            yield f"{plural(len(own) - 1, 'run')} since"
        if self.found.shipped:
            yield shipped_words(last)

    def _answer(self) -> Iterator[str]:
        found = [pairs for pairs in self.found.causes.of(AxisEffect.CAUSE) if pairs.axis != "scenario"]
        how = "does not pass" if self.found.passes else "passes"
        if not found:
            yield f"Nothing that was tried alone {'breaks it' if self.found.passes else 'makes it pass'}."
            return
        yield f"It {how} with one change:"
        for pairs in found:
            nearest = pairs.flips[0]
            yield f"  {self._values(pairs.axis, pairs.flips)}{self._how(pairs)}{self._beside(pairs.axis, nearest)}"
            yield f"    {nearest.at.key.id}"
            yield f"    {self.found.command(nearest.at)}"

    def _how(self, pairs: AxisPairs) -> str:
        return f" ({join(dict.fromkeys(map(_result, pairs.flips)))})" if self.found.passes else ""

    def _beside(self, axis: str, other: KnownCell) -> str:
        """Yield what a change of the profile changes."""
        packages = self.found.packages(other.at) if axis == "profile" else ()
        if not packages:
            return ""
        told = ", ".join(map(_package, packages[:_PACKAGES]))
        more = f" and {len(packages) - _PACKAGES} more" if len(packages) > _PACKAGES else ""
        return f": {told}{more}" if len(packages) == 1 else f", {plural(len(packages), 'package')} differ: {told}{more}"

    @property
    def _told_together(self) -> list[JointChange]:
        """Changes of several things that say more than those of one thing do."""
        alone = {pairs.axis for pairs in self.found.causes.of(AxisEffect.CAUSE)} - {"scenario"}
        return [
            change
            for change in self.found.causes.joint
            if "scenario" not in (*change.suspects, *change.innocent)
            and (change.suspects or change.lacks_helper or not alone)
        ]

    def _joint(self) -> Iterator[str]:
        if self._told_together:
            yield ""
            yield f"It {'does not pass' if self.found.passes else 'passes'} with several changes at once:"
        for change in self._told_together:
            yield f"  {self._changes(change.cell, (*change.suspects, *change.innocent))}{_judged(change)}"
            yield f"    {change.cell.at.key.id}"

    def _no_help(self) -> Iterator[str]:
        title = "Changed alone, these change nothing:" if self.found.passes else "Changed alone, these do not help:"
        for pairs in self.found.causes.axes[:-1]:
            groups: dict[str, list[KnownCell]] = {}
            for other in (*pairs.same, *pairs.changes, *pairs.hidden):
                groups.setdefault("" if other in pairs.same else _result(other), []).append(other)
            for result, others in groups.items():
                if title:
                    yield ""
                    yield title
                    title = ""
                yield f"  {self._values(pairs.axis, others)}{f': {result}' if result else ''}"

    def _scenarios(self) -> Iterator[str]:
        """How other questions are answered in the same place."""
        pairs = self.found.causes.axes[-1]
        others = [*pairs.flips, *pairs.same, *pairs.changes, *pairs.hidden]
        passing = [other for other in others if other.outcome == Outcome.PASS]
        if others:
            named = (
                f" ({self._values(pairs.axis, passing).partition(' ')[2]})" if 0 < len(passing) < len(others) else ""
            )
            yield ""
            yield f"Other scenarios in this place: {len(passing)} of {len(others)} pass{named}"

    def _elsewhere(self) -> Iterator[str]:
        """Yield what other cells with the same result tell of the axes of which this one tells nothing."""
        counted = self.found.elsewhere.items()
        told = [(axis, counts) for axis, counts in counted if counts.effect != AxisEffect.NOT_TRIED]
        if self.found.passes or not told:
            return
        yield ""
        yield f"Of the {plural(self.found.alike, 'cell')} with this scenario, helper and result:"
        for axis, counts in told:
            if counts.differ:
                yield f"  {_name(axis)}, changed alone, changes it in {plural(counts.differ, 'pair')}"
            else:
                yield f"  {_name(axis)}, changed alone, never changes it ({plural(counts.same, 'pair')})"

    def _not_tried(self) -> Iterator[str]:
        # Of a target each is run by its own command.
        measured = "" if self.found.runs[0].of_target else " (--measure runs what tells most of these)"
        title = f"Not tried alone{measured}:"
        for pairs in self.found.causes.axes:
            if pairs.untried:
                if title:
                    yield ""
                    yield title
                    title = ""
                yield f"  {self._places(pairs.axis, pairs.untried)}"
                nearest = pairs.untried[0]
                absent = "" if nearest in self.found.known else ", which is in no run here"
                yield f"    nearest: {nearest.key.id}{absent}"
                yield f"    {run_again(self.found.runs[0].command, nearest.key.id)}"

    def _changes(self, other: KnownCell, axes: Iterable[str]) -> str:
        point = Point.of(other.at)
        return ", ".join(f"{_name(axis)} {getattr(point, axis)}" for axis in axes)

    def _values(self, axis: str, cells: Iterable[KnownCell]) -> str:
        return self._places(axis, [cell.at for cell in cells])

    def _places(self, axis: str, places: Sequence[CellCoordinates]) -> str:
        """Return the values that some cells have on an axis: as ranges where they have an order."""
        values = list(dict.fromkeys(getattr(Point.of(at), axis) for at in places))
        if axis in _ORDERED:
            order = [value for value in point_orders([*self.found.known, *places])[axis] if value[:1].isdigit()]
            others = [value for value in values if value not in order]
            labels = short_labels(order) if axis == "scrapy" else {value: value for value in order}
            ranges = fold([labels[value] for value in values if value in labels], list(labels.values()))
            return f"{_name(axis)} {', '.join([*filter(None, [ranges]), *others])}"
        more = f" and {len(values) - _LISTED} more" if len(values) > _LISTED else ""
        return f"{_name(axis)}: {', '.join(values[:_LISTED])}{more}"


_RUN_IT = "To run it:"


def package_lines(answer: PackageAnswer) -> Iterator[str]:
    """Yield which packages make a cell pass, with the release that brought what is seen; then every trial."""
    trials = answer.search.tried
    yield ""
    yield f"Packages exchanged for those of {answer.partner}, {plural(len(trials), 'trial')}:"
    if not answer.needed:
        yield "  no exchange makes it pass"
    elif len(answer.needed) > 1:
        yield f"  it passes with {join(each.package for each in answer.needed)} exchanged, and with no part of these"
    for each in answer.needed:
        brought = f", brought by {each.package} {each.first_bad} of {each.day}" if each.first_bad is not None else ""
        alone = answer.search.with_only(each.package)
        then = "" if alone is None or alone.passes else f"; alone: {_ended(alone)}"
        yield f"  {each.package} {each.before or 'absent'} → {each.after}{brought}{then}"
    for trial in trials[1:]:
        beside = f", which moves {', '.join(trial.moved)}" if trial.moved else ""
        yield f"    {_names(trial.exchanged)} exchanged{beside}: {_ended(trial)}"


def _names(packages: Sequence[str]) -> str:
    return ", ".join(packages) if len(packages) <= _PACKAGES else plural(len(packages), "package")


def _ended(trial: ExchangeTrial) -> str:
    return f"{trial.outcome}{f' {one_line(trial.mechanism)}' if trial.mechanism else ''}"


def _judged(change: JointChange) -> str:
    """Return what is known of the parts of a change."""
    if change.lacks_helper:
        return ": Scrapy alone (helper-missing)"
    alone = f"{join(map(_name, change.innocent))} alone is not enough" if change.innocent else ""
    if not change.suspects:
        return ": only together"
    if len(change.suspects) > 1:
        alone = "; ".join(filter(None, [f"{' or '.join(map(_name, change.suspects))} (not told apart)", alone]))
    return f": {alone}" if alone else ""


def _name(axis: str) -> str:
    return _NAMES.get(axis, axis)


def _result(cell: KnownCell) -> str:
    return f"{cell.outcome}{f' {one_line(cell.mechanism)}' if cell.mechanism else ''}"


def _package(change: PackageChange) -> str:
    return f"{change.package} {change.before or 'absent'} → {change.after or 'absent'}"
