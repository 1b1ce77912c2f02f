"""Run README's two commands on machines that have one Python and nothing else, and check what comes of it.

`nox -s fresh` or `python -m tests.support.fresh_machine [--python 3.11]`. A machine is a clone of this checkout's HEAD,
an empty home, and a PATH of one interpreter and what every Linux has: no uv, no Wine, no Chromium, no other Python. It
has what pip is configured with here, since without that it may reach no package index. So that a machine stays what it
is called uv fetches no interpreter unless `--fetch` is given; and for speed packages come out of the cache of uv that
is here already unless `--cold` is given.

Exits with 1 if something is not as README says, with 2 where there is no interpreter to make a machine of.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.infra.packages.uv import run_uv
from harness.infra.process.supervisor import Completed, clean_environment, run
from harness.infra.text import plural
from harness.infra.user_files import pip_files
from harness.interpreters.search import find_interpreters
from harness.matrix.load import load_matrix
from harness.matrix.pin_sets import PinState
from harness.matrix.spec import MatrixSpec
from harness.model.ids import EnvironmentId

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
TOOLS = """
    awk basename bash cat chmod cp cut date dirname env expr false find git grep gzip head id kill ln ls mkdir mktemp
    mount mv printf ps readlink realpath rm rmdir sed sh sleep sort stat tail tar tee test touch tr true umount uname
    uniq unshare wc which xargs
""".split()  # noqa: SIM905 (forty words)
"""What a machine has beside its Python."""
KEPT = re.compile(r"PIP_\w+|(https?|all|no)_proxy|SSL_CERT_\w+|\w+_CA_BUNDLE|GIT_SSL_\w+|LANG|LC_\w+|TZ", re.IGNORECASE)
"""What a machine's network and language ask for."""
CRAWLED = "pass,fail,hang,crash"
"""Outcomes of cells that were measured."""
NEEDING = "browser or wine or python36 or python37 or python38"
"""Tests that no such machine can run."""
LEAST = 0.9
"""Of the Scrapy minors that can run on a Python, how many a run has to measure."""
HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshMachine:
    """A folder that holds all there is of a machine."""

    folder: Path
    python: str
    ci: bool
    fetch: bool
    cold: bool

    @classmethod
    def make(cls, folder: Path, python: str, executable: str, *, ci: bool, fetch: bool, cold: bool) -> FreshMachine:
        """Write its files, with `executable` as the one Python."""
        machine = cls(folder=folder, python=python, ci=ci, fetch=fetch, cold=cold)
        for made in (machine.home, machine.bin):
            made.mkdir(parents=True)
        for tool in filter(shutil.which, TOOLS):
            (machine.bin / tool).symlink_to(str(shutil.which(tool)))
        for name in ("python3", f"python{python}"):
            (machine.bin / name).symlink_to(executable)
        for file in pip_files(os.environ):
            if file.is_relative_to(Path.home()) and file.is_file():
                copy = machine.home / file.relative_to(Path.home())
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, copy)
        cloned = run(["git", "clone", "--quiet", ROOT, machine.checkout], env=clean_environment(), deadline=HOUR)
        assert cloned.returncode == 0, cloned.stderr
        return machine

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    def run(self, script: str) -> Completed:
        """Run a line that a user types in the checkout."""
        env = {name: value for name, value in os.environ.items() if KEPT.fullmatch(name)}
        env |= {"HOME": str(self.home), "PATH": str(self.bin)}
        env |= {"CI": "true"} if self.ci else {}
        env |= {} if self.fetch else {"UV_PYTHON_DOWNLOADS": "never"}
        env |= {} if self.cold else {"UV_CACHE_DIR": _uv_cache()}
        return run([self.bin / "sh", "-c", script], cwd=self.checkout, env=env, deadline=HOUR, cap=100_000_000)

    def ask(self, arguments: str) -> str:
        """What the `scrapy-compat` that the first command installed prints."""
        return self.run(f".nox/install/bin/scrapy-compat {arguments}").stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of both commands on a machine."""

    machine: FreshMachine
    pythons: int
    environments: tuple[int, int]
    """Those in which crawls ran, and all that the plan has."""
    releases: frozenset[str]
    """Minors of Scrapy that were measured."""
    possible: frozenset[str]
    """Minors that can run on this Python."""
    cells: tuple[int, int]
    exits: tuple[int, int]
    seconds: tuple[float, float]
    lacking: tuple[str, ...]
    """Lines of the second command that say what tests need."""
    changed: tuple[str, ...]
    """Lines of `git status` after the first command, and after the second."""

    def failures(self) -> Iterator[str]:
        """What is not as it should be."""
        first, second = self.exits
        if first != (3 if self.machine.ci else 0):
            yield f"the first command ends with {first}"
        if second != 0:
            yield f"the second command ends with {second}"
        if not self.lacking:
            yield "the second command does not say what tests need"
        if self.changed:
            yield f"`git status` shows {plural(len(self.changed), 'line')}: {self.changed[0]}"
        unmeasured = sorted(self.possible - self.releases, key=lambda minor: tuple(map(int, minor.split("."))))
        if len(unmeasured) > (1 - LEAST) * len(self.possible):
            yield f"Scrapy {', '.join(unmeasured)} can run on Python {self.machine.python} and was not measured"

    def row(self) -> list[str]:
        """A row of the table."""
        (ran, planned), (measured, cells), (first, second) = self.environments, self.cells, self.exits
        return [
            self.machine.python + (" CI" if self.machine.ci else ""),
            *(
                str(self.pythons),
                f"{ran} of {planned}",
                f"{len(self.releases & self.possible)} of {len(self.possible)}",
            ),
            *(
                f"{measured:,} of {cells:,}",
                str(first),
                f"{self.seconds[0]:.0f}",
                str(second),
                f"{self.seconds[1]:.0f}",
            ),
            str(len(self.changed)),
        ]


HEADINGS = ["Python", "found", "environments", "Scrapy", "cells", "exit", "s", "tests", "s", "git status"]


def _uv_cache() -> str:
    return run_uv(["cache", "dir"], cwd=ROOT, deadline=60).stdout.strip()


def commands() -> tuple[str, str]:
    """README's two commands, word for word."""
    first, second = re.findall(r"(?m)^```sh\n(python3 -m venv .*)\n```$", (ROOT / "README.md").read_text("utf-8"))
    assert "nox -s matrix" in first, first
    assert "nox -s tests" in second, second
    return first, second


def possible_minors(spec: MatrixSpec, python: str) -> frozenset[str]:
    """Minors of Scrapy that can run on a Python: with today's packages, those of their time, or some held back."""
    axis = next(each for each in spec.pythons if each.key == python)
    minors = set()
    for scrapy in spec.scrapys:
        pins = spec.pins.get((scrapy.label, python))
        works = pins is not None and pins.state is not PinState.STOPPED
        of_its_time = any(
            profile.cutoff is not None and spec.exclusion("linux", axis, scrapy, profile) is None
            for profile in spec.profiles
        )
        if scrapy.allows(axis) and (works or of_its_time):
            minors.add(scrapy.minor)
    return frozenset(minors)


def use(machine: FreshMachine, matrix: str, tests: str) -> Seen:
    """Run both commands as their user would, and see what is there then."""
    ends, seconds, changed = [], [], []
    for name, command in zip(("matrix", "tests"), (matrix, tests), strict=True):
        began = time.monotonic()
        print(f"Python {machine.python}{' CI=true' if machine.ci else ''}: {command}", flush=True)
        ended = machine.run(command)
        seconds.append(time.monotonic() - began)
        ends.append(ended)
        (machine.folder / f"{name}.log").write_text(ended.stdout + ended.stderr, encoding="utf-8")
        changed += machine.run("git status --porcelain").stdout.splitlines()
    every = machine.ask("cells --format ids").split()
    measured = machine.ask(f"cells --format ids --outcome {CRAWLED}").split()
    ran = {cell.partition("/")[0] for cell in measured}
    spec = load_matrix(ROOT / "matrix.toml")
    minors = {scrapy.label: scrapy.minor for scrapy in spec.scrapys}
    return Seen(
        machine=machine,
        pythons=len(json.loads(machine.ask("pythons --json") or '{"found": {}}')["found"]),
        environments=(len(ran), len({cell.partition("/")[0] for cell in every})),
        releases=frozenset(minors[EnvironmentId.parse(each).scrapy] for each in ran),
        possible=possible_minors(spec, machine.python),
        cells=(len(measured), len(every)),
        exits=(exit_code(ends[0]), exit_code(ends[1])),
        seconds=(seconds[0], seconds[1]),
        lacking=tuple(re.findall(r"(?m)^\d+ tests? needs? .*$", ends[1].stdout)),
        changed=tuple(dict.fromkeys(changed)),
    )


def exit_code(ended: Completed) -> int:
    """How a command ended: with the code of the program that nox ran, which nox tells and does not end with."""
    told = re.findall(r"failed with exit code (\d+)", ended.stdout + ended.stderr)
    return int(told[-1]) if ended.returncode == 1 and told else ended.returncode


def main(given: Sequence[str]) -> int:
    """Make the machines one after another, print what came of each, and say what is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", help="key of the one Python; default: each of 3.10 to 3.13")
    parser.add_argument("--ci", choices=["no", "yes", "both"], default="both", help="whether CI is set to true")
    parser.add_argument("--matrix", default="", help="what narrows the first command")
    parser.add_argument("--tests", default=f"-m '{NEEDING}'", help="what narrows the second; '' runs all tests")
    parser.add_argument("--fetch", action="store_true", help="let uv fetch interpreters")
    parser.add_argument("--cold", action="store_true", help="give each machine an empty cache of uv")
    parser.add_argument("--keep", action="store_true", help="leave the machines, with what the commands printed")
    asked = parser.parse_args(given)
    interpreters = find_interpreters(asked.python or PYTHONS)
    for key in interpreters.missing:
        print(f"Python {key} is not on this machine: nothing is said of it")
    if not interpreters.found or (asked.python and interpreters.missing):
        return 2
    first, second = (f"{command} -- {more}" if more else command
                     for command, more in zip(commands(), (asked.matrix, asked.tests), strict=True))  # fmt: skip
    seen = []
    place = Path(tempfile.mkdtemp(prefix="fresh-machine-"))
    for key, interpreter in interpreters.found.items():
        for ci in {"no": [False], "yes": [True], "both": [False, True]}[asked.ci]:
            folder = place / f"py{key}{'-ci' if ci else ''}"
            machine = FreshMachine.make(folder, key, interpreter.path, ci=ci, fetch=asked.fetch, cold=asked.cold)
            seen.append(use(machine, first, second))
    if asked.keep:
        print(f"The machines: {place}")
    else:
        shutil.rmtree(place)
    return told(seen)


def told(seen: Sequence[Seen]) -> int:
    """Print the table, what tests need, and what is not as it should be; 1 if anything is not."""
    rows = [HEADINGS, *(each.row() for each in seen)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    print("", *dict.fromkeys(line for each in seen for line in each.lacking), sep="\n")
    wrong = [f"{each.row()[0]}: {failure}" for each in seen for failure in each.failures()]
    print("", *([f"WRONG  Python {line}" for line in wrong] or ["All as README says."]), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
