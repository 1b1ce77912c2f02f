"""Holds `scrapy-compat try` against virtual environments made by hand: are the tests counted alike?

    python benchmarks/try_by_hand.py scrapy-deltafetch==2.1.0 ... --scrapy 2.13,2.16,2.19 --python 3.10,3.12

For each target, Python and release of Scrapy: a folder made with `python -m venv`, pip's choice of packages, and
`python -m pytest` in a copy of the source, as an author would do it. Its counts have to be those of the cell
`.../default/try_plain/none`. Prints a table; exits with 1 where two differ.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness.infra.platforms import current_platform
from harness.infra.resources import cache_directory, matrix_file
from harness.interpreters.search import find_interpreters
from harness.matrix.load import load_matrix
from harness.model.ids import CellKey, EnvironmentId
from harness.store.run_directory import Runs
from harness.targets.checks import PLAIN
from harness.targets.declarations import read_declarations
from harness.targets.settings import read_settings
from harness.targets.snapshot import take_snapshot

_COUNT = re.compile(r"(\d+) (passed|failed|skipped|xfailed|xpassed|errors?)")
Counts = dict[str, int]


def counted_by_hand(target: str, python: str, scrapy: str, beside: Sequence[str]) -> Counts | str:
    """What pytest counts in an environment made by hand; a line where that cannot be made."""
    snapshot = take_snapshot(target, cache_directory())
    lanes = tuple(lane.name for lane in load_matrix(matrix_file()).lanes)
    settings = read_settings(snapshot.source, lanes, asked=target)
    declared = read_declarations(snapshot.source, settings, asked=target, called=snapshot.name).needing(tuple(beside))
    interpreter = find_interpreters([python]).found[python].path
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        shutil.copytree(snapshot.source, tree)
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environment = {**kept, "HOME": folder, **declared.environment}
        subprocess.run([interpreter, "-m", "venv", f"{folder}/venv"], check=True, capture_output=True)
        made = f"{folder}/venv/bin/python"
        needs = [str(tree), f"scrapy=={scrapy}", *declared.test_requirements]
        pip = [made, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *needs]
        indexes = {name: text for name, text in os.environ.items() if name.startswith("PIP_")}
        done = subprocess.run(pip, capture_output=True, text=True, check=False, env={**environment, **indexes})
        if done.returncode != 0:
            return "not installable"
        imported = [made, "-c", "import scrapy.crawler, scrapy.cmdline"]
        if subprocess.run(imported, capture_output=True, check=False, env=environment).returncode != 0:
            return "broken"
        shutil.rmtree(tree)
        shutil.copytree(snapshot.source, tree)
        command = [made, "-m", "pytest", *declared.arguments]
        done = subprocess.run(
            command, cwd=tree, capture_output=True, text=True, check=False, env=environment, timeout=600
        )
    lines = done.stdout.strip().splitlines()
    return {name.replace("errors", "error"): int(count) for count, name in _COUNT.findall(lines[-1] if lines else "")}


def counted_in_cells(
    target: str, pythons: str, scrapys: str, beside: Sequence[str], state: Path
) -> Iterator[tuple[CellKey, Counts | str]]:
    """What the cells of a target say, each where nothing is forced upon the suite."""
    command = [sys.executable, "-m", "harness", "try", target, "--state", str(state), "--profile", "latest", "--json"]
    command += ["--python", pythons, "--scrapy", scrapys, "--lane", "default"]
    command += [word for each in beside for word in ("--with", each)]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    if done.returncode not in {0, 3}:
        raise SystemExit(done.stderr[-2000:])
    runs = Runs(state)
    with runs.open(runs.ids()[-1]) as store:
        for key in sorted(store.keys()):
            cell = store.cell(key)
            if key.scenario == PLAIN and cell is not None:
                suite = None if cell.evidence is None else cell.evidence.suite
                yield key, cell.outcome.value if suite is None else suite.counts
        told = {key.environment for key in store.keys()}
        for name, environment in store.environments().items():
            if environment.status is not None and name not in told:
                yield CellKey(name, "default", PLAIN, "none"), "not installable"


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="+")
    parser.add_argument("--scrapy", default="2.13,2.14,2.16,2.18,2.19")
    parser.add_argument("--python", default="3.12")
    parser.add_argument("--with", dest="beside", action="append", default=[], help="what the tests need beside")
    asked = parser.parse_args()
    differing = total = 0
    print(f"{current_platform()}: target, Python, Scrapy, in a cell, by hand")
    for target in asked.targets:
        with tempfile.TemporaryDirectory() as state:
            for key, cell in counted_in_cells(target, asked.python, asked.scrapy, asked.beside, Path(state)):
                at = EnvironmentId.parse(key.environment)
                hand = counted_by_hand(target, at.python, at.scrapy, asked.beside)
                total += 1
                differing += cell != hand
                mark = "" if cell == hand else "DIFFERS"
                print(target, at.python, at.scrapy, json.dumps(cell), json.dumps(hand), mark, sep="\t", flush=True)
    print(f"{total} compared, {differing} differ")
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main())
