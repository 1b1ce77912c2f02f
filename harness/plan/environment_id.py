"""The name of an environment: `linux-py3.12-scrapy2.13.4-era`."""

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
