"""The ids of environments, lanes and cells: `linux-py3.12-scrapy2.13.4-era/epoll/callback_pending/direct`."""

from __future__ import annotations

import re
from typing import NamedTuple

_ID = re.compile(
    r"(?P<platform>[a-z]+)-py(?P<python>(?:py)?\d+\.\d+)-scrapy(?P<scrapy>[A-Za-z0-9_.+]+)-(?P<profile>[a-z]+)"
)


class EnvironmentId(NamedTuple):
    """The four coordinates of an environment."""

    platform: str
    python: str
    """`3.12` or `pypy3.11`."""
    scrapy: str
    """The exact release, or the name of a direct reference."""
    profile: str

    @property
    def id(self) -> str:
        """`<platform>-<python>-scrapy<scrapy>-<profile>`."""
        python = self.python if self.python.startswith("pypy") else f"py{self.python}"
        return f"{self.platform}-{python}-scrapy{self.scrapy}-{self.profile}"

    @classmethod
    def parse(cls, text: str) -> EnvironmentId:
        """The coordinates in an id; `ValueError` if it is none."""
        match = _ID.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not <platform>-<python>-scrapy<release>-<profile>")
        platform, python, scrapy, profile = match.groups()
        return cls(platform, f"py{python}" if python.startswith("py") else python, scrapy, profile)


class LaneName(NamedTuple):
    """The two coordinates of a lane, whose name is `<reactor>` or `<reactor>-<loop>`."""

    reactor: str
    loop: str | None
    """None: the reactor runs on no loop that could be chosen."""

    @classmethod
    def parse(cls, text: str) -> LaneName:
        """Return the coordinates in a lane's name: of `asyncio-uvloop` the reactor `asyncio` and the loop `uvloop`."""
        reactor, dash, loop = text.partition("-")
        return cls(reactor, loop if dash else None)


class CellKey(NamedTuple):
    """The four coordinates of a cell."""

    environment: str
    lane: str
    scenario: str
    helper: str

    @property
    def id(self) -> str:
        """`<environment>/<lane>/<scenario>/<helper>`."""
        return "/".join(self)

    @classmethod
    def parse(cls, text: str) -> CellKey:
        """The key of an id; `ValueError` unless it has exactly four non-empty parts."""
        parts = text.split("/")
        if len(parts) != len(cls._fields) or not all(parts):
            raise ValueError(f"{text!r} is not <environment>/<lane>/<scenario>/<helper>")
        return cls(*parts)


BlockKey = tuple[str, str, str]
"""(environment, lane, scenario): cells with one fingerprint."""
