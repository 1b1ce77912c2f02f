"""claims.toml -> what the documentation promises, typed and validated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from harness.matrix.spec import PLATFORMS
from harness.matrix.tables import Table
from harness.matrix.values import read_known

_ID = re.compile(r"[A-Z]\d+")
_PAGE = re.compile(r"[a-z]+(/[a-z-]+)*")
_MINOR = re.compile(r"\d+\.\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One promise of the documentation."""

    id: str
    text: str
    page: str
    """Path of the page in Scrapy's documentation, e.g. `topics/asyncio`."""
    since: Version
    """First minor release that it holds for."""
    until: Version | None
    """Last minor release that it holds for; None: it still does."""
    platform: str | None
    """The only platform that it is about; None: all."""


def load_claims(path: Path) -> tuple[Claim, ...]:
    """The claims in `path`, in its order; `ConfigurationError` names file, key, value and what would be right."""
    root = Table.load(path)
    claims: list[Claim] = []
    for table in root.tables("claim"):
        claim = _read(table)
        if any(claim.id == other.id for other in claims):
            raise table.refusal("id", "is there twice", "give one of the two another id")
        claims.append(claim)
    root.finish()
    return tuple(claims)


def _read(table: Table) -> Claim:
    since = _minor(table, "since")
    until = _minor(table, "until") if table.has("until") else None
    if until is not None and until < since:
        raise table.refusal("until", f"is before {since}", "write the last release that it holds for")
    claim = Claim(
        id=_matching(table, "id", _ID, "write a letter and a number: C01"),
        text=table.required("text", str),
        page=_matching(table, "page", _PAGE, "write the path of the page: topics/asyncio"),
        since=since,
        until=until,
        platform=read_known(table, "platform", PLATFORMS) if table.has("platform") else None,
    )
    table.finish()
    return claim


def _matching(table: Table, key: str, pattern: re.Pattern[str], action: str) -> str:
    value = table.required(key, str)
    if not pattern.fullmatch(value):
        raise table.refusal(key, "is not written as it should be", action)
    return value


def _minor(table: Table, key: str) -> Version:
    return Version(_matching(table, key, _MINOR, "write a minor release: 2.13"))
