"""Small claims and cells for the tests of judges, written by hand."""

from __future__ import annotations

from pathlib import Path

from harness.judge.claim import Claim
from harness.judge.claims_file import load_claims
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.plan.selection import Vocabulary

KNOWN = Vocabulary(
    platforms=("linux", "windows"),
    pythons={"3.8": None, "3.12": None, "pypy3.11": None},
    scrapys={"2.5.1": None, "2.6.3": None, "2.13.4": None, "2.19.0": None},
    profiles=("latest", "era"),
    lanes=("default", "epoll", "asyncio-default", "asyncio-uvloop", "none-default"),
    scenarios=("callback_pending", "callback_fired", "start_runspider"),
    helpers=("direct", "deferred_to_future", "none"),
)

AWAITS = """
[[claim]]
id = "D1"
text = "Without the asyncio reactor a Deferred can be awaited."
page = "topics/asyncio"
since = "2.6"

[[claim.expect]]
lane = ["default", "epoll"]
scenario = "callback_*"
helper = "direct"
outcome = "pass"

[[claim]]
id = "D3"
text = "With the asyncio reactor it cannot."
page = "topics/asyncio"
since = "2.6"

[[claim.expect]]
lane = "asyncio-*"
scenario = "callback_pending"
helper = "direct"
outcome = "fail"
mechanism = "task-got-bad-yield"
"""

CLAIMS = """
[[claim]]
id = "D1"
text = "Awaited directly | without <asyncio>."
page = "topics/asyncio"
since = "2.0"
[[claim.expect]]
lane = ["default", "select", "poll", "epoll"]
helper = "direct"
outcome = "pass"

[[claim]]
id = "D3"
text = "Not with asyncio."
page = "topics/asyncio"
since = "2.0"
[[claim.expect]]
lane = "asyncio-*"
helper = "direct"
outcome = "fail"
mechanism = "task-got-bad-yield"
"""
"""The same for what `tests/support/synthetic.py` makes, with markup in a text."""


def claims_of(tmp_path: Path, text: str) -> tuple[Claim, ...]:
    """Claims as they are read from a file."""
    file = tmp_path / "claims.toml"
    file.write_text(text)
    return load_claims(file, KNOWN.scrapys, KNOWN)


def cell(
    key: str,
    outcome: str = "pass",
    mechanism: str | None = None,
    *,
    detail: str | None = None,
    reactor: str | None = None,
    loop: str | None = None,
) -> KnownCell:
    """A known cell; `key` may leave out what is usual: `[<environment>/]<lane>/<scenario>/<helper>`."""
    parts = key.split("/")
    environment = parts[0] if len(parts) == 4 else "linux-py3.12-scrapy2.13.4-latest"
    at = CellCoordinates.of(CellKey(environment, *parts[-3:]))
    return KnownCell(at, Outcome(outcome), mechanism, detail, reactor, loop)
