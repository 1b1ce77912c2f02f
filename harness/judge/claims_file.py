"""claims.toml -> what the documentation promises, typed and validated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from msgspec import field
from packaging.version import Version

from harness.infra.toml import Parsers, Several, TomlFile, TomlRecord
from harness.infra.toml_errors import RefusedError
from harness.judge.cell_filter import AxisFilter, CellFilter, Versions, make_cell_filter
from harness.judge.claim import Claim, Expectation, PrintedClaim, ResultPattern
from harness.model.known_cells import AXES
from harness.plan.selection import Vocabulary

_ID = re.compile(r"[A-Z]\d+")
_PAGE = re.compile(r"[a-z]+(/[a-z-]+)*")
_MINOR = re.compile(r"\d+\.\d+")


def _check_form(key: str, text: str, form: re.Pattern[str], action: str) -> None:
    if not form.fullmatch(text):
        raise RefusedError(*([key] if key else []), cause="is not written as it should be", action=action)


def _minor(text: str) -> Version:
    _check_form("", text, _MINOR, "write a minor release: 2.13")
    return Version(text)


PARSERS: Parsers = {Version: _minor}


class ExpectTable(ResultPattern, frozen=True, kw_only=True):
    """One `[[claim.expect]]`."""

    platform: Several[str] = Several()
    python: Several[str] = Several()
    scrapy: Several[str] = Several()
    profile: Several[str] = Several()
    lane: Several[str] = Several()
    scenario: Several[str] = Several()
    helper: Several[str] = Several()
    unless: ResultPattern | None = field(name="not", default=None)

    def __post_init__(self) -> None:
        if (self.seen if self.unless is None else self.unless) == ResultPattern():
            raise RefusedError("outcome", cause="says nothing", action="name the outcome, or what must `not` be seen")

    @property
    def seen(self) -> ResultPattern:
        """What is expected, apart from the cells of which it is."""
        return ResultPattern(**{name: getattr(self, name) for name in ResultPattern.__struct_fields__})


class ClaimTable(PrintedClaim, frozen=True, kw_only=True):
    """One `[[claim]]`."""

    subject: Literal["await"] | None = None
    """Of what the claim is: of how an await ends; None: of anything."""
    expect: tuple[ExpectTable, ...] = ()

    def __post_init__(self) -> None:
        _check_form("id", self.id, _ID, "write a letter and a number: C01")
        _check_form("page", self.page, _PAGE, "write the path of the page: topics/asyncio")
        if self.until is not None and self.until < self.since:
            action = "write the last release that it holds for"
            raise RefusedError("until", cause=f"is before {self.since}", action=action)
        if not self.expect:
            action = "say in [[claim.expect]] of which cells it expects what"
            raise RefusedError("expect", cause="is missing", action=action)


class ClaimsTable(TomlRecord, frozen=True, kw_only=True):
    """The whole file."""

    sets: dict[str, Several[str]] = field(default_factory=dict)
    claim: tuple[ClaimTable, ...] = ()

    def __post_init__(self) -> None:
        ids = [claim.id for claim in self.claim]
        for number, each in enumerate(ids):
            if each in ids[:number]:
                action = "give one of the two another id"
                raise RefusedError("claim", number, "id", cause="is there twice", action=action)


def load_claims(
    path: Path,
    versions: Versions,
    known: Vocabulary | None = None,
    stand_ins: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Claim, ...]:
    """Read the claims in `path`, in its order.

    Raises `ConfigurationError` that names file, key, value and what would be right.

    `versions`: what ranges of Scrapy compare with. `known`: the names that claims must keep to, if any. `stand_ins`: by
    platform those that stand in for it; what a claim expects of one it expects of the others, apart. Whether there
    are cells that a claim is about, and whether claims contradict each other, is for `harness.judge.claims_check`.
    """
    file = TomlFile.load(path)
    table = file.decode(ClaimsTable, PARSERS)
    names = _Names(
        versions=versions,
        known=None if known is None else _names(known),
        sets=table.sets,
        stand_ins=stand_ins or {},
    )
    return tuple(_claim(file, number, each, names) for number, each in enumerate(table.claim))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """What claims may name."""

    versions: Versions
    known: Mapping[str, Sequence[str]] | None
    sets: Mapping[str, Sequence[str]]
    stand_ins: Mapping[str, Sequence[str]]


def _names(known: Vocabulary) -> Mapping[str, Sequence[str]]:
    """Return the values of every axis."""
    return {
        "platform": known.platforms, "python": tuple(known.pythons), "scrapy": tuple(known.scrapys),
        "profile": known.profiles, "lane": known.lanes, "scenario": known.scenarios, "helper": known.helpers,
    }  # fmt: skip


def _claim(file: TomlFile, number: int, table: ClaimTable, names: _Names) -> Claim:
    releases = f">={table.since}" if table.until is None else f">={table.since},<={table.until}"
    common = AxisFilter("scrapy", (releases,), names.versions)
    expectations = []
    for place, each in enumerate(table.expect):
        with file.at("claim", number, "expect", place):
            made = _expectation(each, common, names)
            expectations.append(replace(made, about_await=table.subject is not None))
    platform = table.platform
    if platform is not None:
        sides = ((platform, None), *((other, other) for other in names.stand_ins.get(platform, ())))
        expectations = [_on(each, side, stand_in) for side, stand_in in sides for each in expectations]
    printed = {name: getattr(table, name) for name in PrintedClaim.__struct_fields__}
    return Claim(**printed, expectations=tuple(expectations))


def _on(expectation: Expectation, platform: str, stand_in: str | None) -> Expectation:
    where = CellFilter((AxisFilter("platform", (platform,)), *expectation.where.choices))
    return replace(expectation, where=where, stand_in=stand_in)


def _expectation(table: ExpectTable, common: AxisFilter, names: _Names) -> Expectation:
    texts = {axis: getattr(table, axis) for axis in AXES}
    where = make_cell_filter(texts, names.versions, known=names.known, sets=names.sets)
    return Expectation(where=CellFilter((common, *where.choices)), seen=table.seen, unless=table.unless)
