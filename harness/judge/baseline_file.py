"""The accepted state of a platform: what its cells gave that no claim of the documentation accounts for.

`baseline/<platform>.toml` is small, sorted, and written so that a change of one thing is a change of one line: under
each outcome and mechanism one line for each block of cells, with every axis that matters. A cell to which the
documentation's claims apply and that is as they say is not in it; which cells it is about stands at its top.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.analysis.cell_blocks import CellBlock, CellGrid
from harness.infra.platforms import PLATFORMS
from harness.infra.toml import Several, TomlFile, TomlRecord
from harness.infra.toml_errors import RefusedError
from harness.judge.cell_filter import VERSIONED, AxisFilter, CellFilter, FilterIndex, Versions, make_cell_filter
from harness.model.ids import LaneName
from harness.model.known_cells import AXES, Axis, CellCoordinates, KnownCell
from harness.model.outcome import Outcome

_HEAD = """\
# What cells on {platform} gave that no claim in claims.toml accounts for, accepted as it is. Written by
# `scrapy-compat baseline accept`; an axis that is left out may have any value. Of cells that `about` does
# not have it says nothing.
"""
_RUN = 3
"""Values of Python and Scrapy in a row from which on they are written as a range."""


@dataclass(frozen=True, slots=True)
class AcceptedResult:
    """What a cell may give."""

    outcome: Outcome
    mechanism: str | None

    def allows(self, cell: KnownCell) -> bool:
        """Return whether a cell gives it; one that is known to be flaky may give anything."""
        if self.outcome is Outcome.FLAKY and cell.outcome.measured:
            return True
        return (cell.outcome, cell.mechanism) == (self.outcome, self.mechanism)

    def __str__(self) -> str:
        return f"{self.outcome}: {self.mechanism}" if self.mechanism else str(self.outcome)


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """One line of the file."""

    where: CellFilter
    accepted: AcceptedResult
    text: str
    """The line, without what it stands under."""


@dataclass(frozen=True)
class Baseline:
    """The accepted state of one platform."""

    platform: str
    entries: tuple[BaselineEntry, ...]
    about: tuple[CellFilter, ...]
    """The cells that it was accepted from, as blocks."""

    @cached_property
    def _knowing(self) -> FilterIndex[bool]:
        return FilterIndex(self.about, bool)

    def knows(self, at: CellCoordinates) -> bool:
        """Return whether it is about a cell."""
        return self._knowing.to(at)

    @cached_property
    def _applying(self) -> FilterIndex[BaselineEntry | None]:
        return FilterIndex(
            [entry.where for entry in self.entries],
            lambda numbers: self.entries[numbers[0]] if numbers else None,
        )

    def entry(self, at: CellCoordinates) -> BaselineEntry | None:
        """Return the line that a cell is in; None where nothing was accepted of it."""
        # A range without an end holds for releases, too, that came after it was accepted.
        return self._applying.to(at) if self.knows(at) else None

    def accepted(self, at: CellCoordinates) -> AcceptedResult | None:
        """Return what a cell may give; None where nothing was accepted of it."""
        entry = self.entry(at)
        return None if entry is None else entry.accepted

    @property
    def scenarios(self) -> frozenset[str]:
        """The scenarios that its lines name."""
        choices = (choice for entry in self.entries for choice in entry.where.choices if choice.axis == "scenario")
        return frozenset(text for choice in choices for text in choice.texts if text.isidentifier())

    def stale(self, universe: Iterable[CellCoordinates], elsewhere: Collection[str] = ()) -> Iterator[str]:
        """Yield what it says of cells that do not exist (any more), a line for people each.

        Nothing is said of scenarios that are `elsewhere`: not in `universe`, whether they exist or not.
        """
        applying = FilterIndex([entry.where for entry in self.entries], lambda numbers: numbers)
        values: dict[str, dict[str, None]] = {axis: {} for axis in AXES}
        found: set[int] = set()
        for at in universe:
            found.update(applying.to(at))
            for axis, value in zip(AXES, at, strict=True):
                values[axis][value] = None
        for number, entry in enumerate(self.entries):
            gone = [f"{choice.axis} {text}" for choice in entry.where.choices for text in choice.texts
                    if not (choice.axis == "scenario" and text in elsewhere)
                    and not any(map(AxisFilter(choice.axis, (text,)).has, values[choice.axis]))]  # fmt: skip
            away = any(choice.axis == "scenario" and {*choice.texts} & {*elsewhere} for choice in entry.where.choices)
            if gone or (number not in found and not away):
                why = f"there is no {', no '.join(gone)}" if gone else "there is no such cell"
                yield f"{entry.accepted}: {entry.text}: {why}"

    @property
    def text(self) -> str:
        """The whole file."""
        known = "".join(f"  {_line(_texts_of(where))},\n" for where in self.about)
        parts = [_HEAD.format(platform=self.platform), f"about = [\n{known}]\n"]
        groups: dict[AcceptedResult, list[str]] = {}
        for entry in self.entries:
            groups.setdefault(entry.accepted, []).append(entry.text)
        for accepted in sorted(groups, key=lambda each: (each.outcome.value, each.mechanism or "")):
            parts.append(f'\n[[accepted]]\noutcome = "{accepted.outcome}"\n')
            if accepted.mechanism is not None:
                parts.append(f"mechanism = {json.dumps(accepted.mechanism)}\n")
            lines = "".join(f"  {text},\n" for text in sorted(groups[accepted]))
            parts.append(f"cells = [\n{lines}]\n")
        return "".join(parts)


def baseline_file(directory: Path, platform: str) -> Path:
    """Return where the baseline of a platform is kept."""
    return directory / f"{platform}.toml"


class BaselineFolder(Mapping[str, Baseline]):
    """The baselines in a folder, by platform; read when one is asked for first: a run that runs nothing needs none.

    Any access raises `ConfigurationError` if one of them cannot be used.
    """

    def __init__(self, directory: Path, versions: Versions | None = None) -> None:
        self._directory = directory
        self._versions = versions

    @cached_property
    def _baselines(self) -> dict[str, Baseline]:
        files = {platform: baseline_file(self._directory, platform) for platform in PLATFORMS}
        return {platform: _read(path, platform, self._versions) for platform, path in files.items() if path.is_file()}

    def __getitem__(self, platform: str) -> Baseline:
        return self._baselines[platform]

    def __iter__(self) -> Iterator[str]:
        return iter(self._baselines)

    def __len__(self) -> int:
        return len(self._baselines)


class AcceptedTable(TomlRecord, frozen=True, kw_only=True):
    """One `[[accepted]]`."""

    outcome: Outcome
    mechanism: str | None = None
    cells: tuple[dict[Axis, Several[str]], ...] = ()


class BaselineTable(TomlRecord, frozen=True, kw_only=True):
    """The whole file."""

    about: tuple[dict[Axis, Several[str]], ...] | None = None
    accepted: tuple[AcceptedTable, ...] = ()

    def __post_init__(self) -> None:
        if self.about is None:
            action = "delete the file, then `scrapy-compat baseline accept`"
            raise RefusedError("about", cause="is missing", action=action)


def _read(path: Path, platform: str, versions: Versions | None) -> Baseline:
    file = TomlFile.load(path)
    table = file.decode(BaselineTable)
    about = []
    for number, where in enumerate(table.about or ()):
        with file.at("about", number):
            about.append(make_cell_filter(where, versions))
    entries = []
    for group, each in enumerate(table.accepted):
        accepted = AcceptedResult(each.outcome, each.mechanism)
        for number, cells in enumerate(each.cells):
            with file.at("accepted", group, "cells", number):
                there = make_cell_filter(cells, versions)
            entries.append(BaselineEntry(there, accepted, _line(_texts_of(there))))
    return Baseline(platform, tuple(entries), tuple(about))


def made_baseline(
    platform: str,
    accepted: Mapping[CellCoordinates, AcceptedResult],
    universe: Collection[CellCoordinates],
    versions: Versions | None = None,
    *,
    known: Collection[CellCoordinates],
) -> Baseline:
    """Return the baseline that accepts just that, of all cells there are; `known`: the cells it is about."""
    grid = CellGrid(universe)
    groups: dict[AcceptedResult, list[CellCoordinates]] = {}
    for at, each in accepted.items():
        groups.setdefault(each, []).append(at)
    entries = []
    for each, cells in groups.items():
        for block in grid.fold(cells):
            texts = _texts(block, grid, versions)
            entries.append(BaselineEntry(_where(texts, versions), each, _line(texts)))
    # Every axis of an environment is told, so that a new release is none of them.
    about = [_texts(block, grid, versions, _ENVIRONMENT) for block in grid.fold(known)]
    return Baseline(platform, tuple(entries), tuple(_where(texts, versions) for texts in about))


_ENVIRONMENT = ("python", "scrapy", "profile")


def _where(texts: Mapping[str, Sequence[str]], versions: Versions | None) -> CellFilter:
    return CellFilter(tuple(AxisFilter(axis, found, versions) for axis, found in texts.items()))


def _texts_of(where: CellFilter) -> dict[str, Sequence[str]]:
    return {choice.axis: choice.texts for choice in where.choices}


def _texts(
    block: CellBlock, grid: CellGrid, versions: Versions | None, told: Collection[str] = ()
) -> dict[str, list[str]]:
    """Return the axes that matter for a block, and those to be `told`, with values as short as can be."""
    found: dict[str, list[str]] = {}
    for axis, values, order in zip(AXES, block.values, grid.orders, strict=True):
        if len(values) < len(order) or axis in told:
            texts = _ranges(values, order) if axis in VERSIONED else _names(values, order)
            exact = AxisFilter(axis, texts, versions)
            found[axis] = texts if [value for value in order if exact.has(value)] == list(values) else list(values)
    return found


def _ranges(values: Sequence[str], order: Sequence[str]) -> list[str]:
    """`>=2.6,<=2.12` for values in a row, minor releases where that tells them apart."""
    numbered = [value for value in order if value[:1].isdigit()]
    runs: list[list[str]] = [[]]
    for value in numbered:
        if value in values:
            runs[-1].append(value)
        else:
            runs.append([])
    texts: list[str] = []
    for run in filter(None, runs):
        short = [_minor(value, numbered) for value in run]
        texts += [f">={short[0]},<={short[-1]}"] if len(run) >= _RUN else short
    return texts + [value for value in values if value not in numbered]


def _minor(value: str, among: Sequence[str]) -> str:
    minor = ".".join(value.split(".")[:2])
    return minor if sum(other == minor or other.startswith(f"{minor}.") for other in among) == 1 else value


def _names(values: Sequence[str], order: Sequence[str]) -> list[str]:
    """`asyncio-*` for all of a family of lanes."""
    texts: dict[str, None] = {}
    for value in values:
        reactor, loop = LaneName.parse(value)
        alike = [other for other in order if LaneName.parse(other).reactor == reactor]
        whole = len(alike) > 1 and loop is not None and set(alike) <= set(values)
        texts[f"{reactor}-*" if whole else value] = None
    return list(texts)


def _line(texts: Mapping[str, Sequence[str]]) -> str:
    return f"{{ {', '.join(f'{axis} = {json.dumps(list(found))}' for axis, found in texts.items())} }}"
