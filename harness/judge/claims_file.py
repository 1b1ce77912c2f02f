"""claims.toml -> what the documentation promises, typed and validated."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.version import Version

from harness.infra.platforms import PLATFORMS
from harness.infra.toml import TomlTable, suggestion
from harness.judge.cell_filter import AxisFilter, CellFilter, Versions, read_cell_filter
from harness.judge.claim import Claim, Expectation, ResultPattern
from harness.matrix.values import read_known
from harness.model.outcome import Outcome
from harness.plan.selection import Vocabulary

_ID = re.compile(r"[A-Z]\d+")
_PAGE = re.compile(r"[a-z]+(/[a-z-]+)*")
_MINOR = re.compile(r"\d+\.\d+")


def load_claims(
    path: Path,
    versions: Versions,
    known: Vocabulary | None = None,
    stand_ins: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Claim, ...]:
    """The claims in `path`, in its order; `ConfigurationError` names file, key, value and what would be right.

    `versions`: what ranges of Scrapy compare with. `known`: the names that claims must keep to, if any. `stand_ins`: by
    platform those that stand in for it; what a claim expects of one it expects of the others, apart. Whether there
    are cells that a claim is about, and whether claims contradict each other, is for `harness.judge.claims_check`.
    """
    root = TomlTable.load(path)
    given = root.table("sets")
    names = _Names(
        versions=versions,
        known=None if known is None else _names(known),
        sets={key: given.strings(key) for key in given.values()},
        stand_ins=stand_ins or {},
    )
    claims: list[Claim] = []
    for table in root.tables("claim"):
        claim = _read(table, names)
        if any(claim.id == other.id for other in claims):
            raise table.refusal("id", "is there twice", "give one of the two another id")
        claims.append(claim)
    root.finish()
    return tuple(claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """What claims may name."""

    versions: Versions
    known: Mapping[str, Sequence[str]] | None
    sets: Mapping[str, Sequence[str]]
    stand_ins: Mapping[str, Sequence[str]]


def _names(known: Vocabulary) -> Mapping[str, Sequence[str]]:
    """The values of every axis."""
    return {
        "platform": known.platforms, "python": tuple(known.pythons), "scrapy": tuple(known.scrapys),
        "profile": known.profiles, "lane": known.lanes, "scenario": known.scenarios, "helper": known.helpers,
    }  # fmt: skip


def _read(table: TomlTable, names: _Names) -> Claim:
    since = _minor(table, "since")
    until = _minor(table, "until") if table.has("until") else None
    if until is not None and until < since:
        raise table.refusal("until", f"is before {since}", "write the last release that it holds for")
    platform = read_known(table, "platform", PLATFORMS) if table.has("platform") else None
    releases = f">={since}" if until is None else f">={since},<={until}"
    common = [AxisFilter("scrapy", (releases,), names.versions)]
    expectations = tuple(_expectation(each, common, names) for each in table.tables("expect"))
    if platform is not None:
        expectations = tuple(
            _on(each, place, stand_in)
            for place, stand_in in ((platform, None), *((other, other) for other in names.stand_ins.get(platform, ())))
            for each in expectations
        )
    if not expectations:
        raise table.refusal("expect", "is missing", "say in [[claim.expect]] of which cells it expects what")
    claim = Claim(
        id=_matching(table, "id", _ID, "write a letter and a number: C01"),
        text=table.required("text", str),
        page=_matching(table, "page", _PAGE, "write the path of the page: topics/asyncio"),
        since=since,
        until=until,
        platform=platform,
        expectations=expectations,
    )
    table.finish()
    return claim


def _on(expectation: Expectation, platform: str, stand_in: str | None) -> Expectation:
    where = CellFilter((AxisFilter("platform", (platform,)), *expectation.where.choices))
    return replace(expectation, where=where, stand_in=stand_in)


def _expectation(table: TomlTable, common: list[AxisFilter], names: _Names) -> Expectation:
    where = read_cell_filter(table, names.versions, known=names.known, sets=names.sets)
    seen = _seen(table)
    unless = None
    if table.has("not"):
        inner = table.table("not")
        unless = _seen(inner)
        inner.finish()
    if ResultPattern() in (unless, seen if unless is None else unless):
        raise table.refusal("outcome", "says nothing", "name the outcome, or what must `not` be seen")
    table.finish()
    return Expectation(where=CellFilter((*common, *where.choices)), seen=seen, unless=unless)


def _seen(table: TomlTable) -> ResultPattern:
    outcomes = {outcome.value: outcome for outcome in Outcome}
    for name in table.strings("outcome"):
        if name not in outcomes:
            raise table.refusal("outcome", f"{name!r} is unknown", suggestion(name, outcomes))
    return ResultPattern(
        outcomes=frozenset(outcomes[name] for name in table.strings("outcome")),
        mechanisms=table.strings("mechanism"),
        details=table.strings("detail"),
        reactors=table.strings("reactor"),
        loops=table.strings("loop"),
    )


def _matching(table: TomlTable, key: str, pattern: re.Pattern[str], action: str) -> str:
    value = table.required(key, str)
    if not pattern.fullmatch(value):
        raise table.refusal(key, "is not written as it should be", action)
    return value


def _minor(table: TomlTable, key: str) -> Version:
    return Version(_matching(table, key, _MINOR, "write a minor release: 2.13"))
