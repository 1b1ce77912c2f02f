"""Cells that attack the way between cell and harness: each harms itself alone, and the run goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.environments.provider import ProvidedEnvironment
from harness.model.outcome import Close, Outcome
from harness.model.result import CellResult
from tests.support import live

pytestmark = [pytest.mark.index, pytest.mark.timeout(600)]

HELPER = "maybe_deferred_to_future"
HEAD = '''"""Attacks."""

import json
import os

from kit.deferreds import later
from kit.scenario import Scenario


class Attacks(Scenario):
    async def parse(self, response):
        def line(**more):
            return json.dumps(dict({"type": "cell", "scenario": NAME, "helper": HELPER, "outcome": "pass"}, **more))

        write = self.cell._report._append
        value = await self.helper(later("value"))
'''
ATTACKS = {
    "speaks_for_another_batch": """
        write(b"1 " + line(scenario="callback_nested", outcome="fail", mechanism="forged").encode() + b"\\n")
        write(b"- " + json.dumps({"type": "end", "batch": 1, "exit": 9, "signal": None, "killed": None,
                                  "stdout": "", "stderr": ""}).encode() + b"\\n")
        write(line(scenario="callback_nested", outcome="fail", mechanism="forged").encode() + b"\\n")
        return self.arrived(value)
    """,
    "speaks_for_its_neighbour": """
        write(line(scenario="callback_pending", outcome="fail", mechanism="forged").encode() + b"\\n")
        return self.arrived(value)
    """,
    "writes_junk": """
        write(b"junk\\n[[[[\\n{}\\n" + b"[" * 100000 + b"\\n\\xff\\x00\\n")
        write(line(seconds=float("nan")).encode() + b"\\n")
        return self.arrived(value)
    """,
    "floods": """
        while True:
            write(b"x" * 1000000)
    """,
    "replaces_files": """
        for folder in (os.getcwd(), os.path.dirname(os.getcwd())):
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    os.unlink(path)
                    os.mkfifo(path)
        return self.arrived(value)
    """,
    "links_files_to_zero": """
        for name in ("outcomes.jsonl", "request.json"):
            if os.path.lexists(name):
                os.unlink(name)
            os.symlink("/dev/zero", name)
        return self.arrived(value)
    """,
    "empties_its_file": """
        os.ftruncate(self.cell._report.file, 0)
        return self.arrived(value)
    """,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("attacks")
    for name, body in ATTACKS.items():
        head = HEAD.replace("NAME", repr(name)).replace("HELPER", repr(HELPER))
        (made / f"{name}.py").write_text(head + body.rstrip() + "\n")
    return made


@pytest.fixture(scope="module")
def results(environment: ProvidedEnvironment, folder: Path) -> dict[str, list[CellResult]]:
    """What each attack came to with its two neighbours: one in its batch, one in the next of the same process."""
    found = {}
    for name in ATTACKS:
        batches = [
            live.batch_of("epoll", [("callback_pending", HELPER), (name, HELPER)], folders=[folder]),
            live.batch_of("epoll", [("callback_nested", HELPER)]),
        ]
        found[name], _ = live.run_cells(environment, batches, scenarios=[folder], processes=1)
    return found


@pytest.mark.posix("fork, FIFOs and links")
@pytest.mark.parametrize("attack", ATTACKS)
def test_neighbours_of_an_attack_get_their_own_outcomes(results: dict[str, list[CellResult]], attack: str) -> None:
    others = {each.key.scenario: each for each in results[attack] if each.key.scenario != attack}
    assert {name: (each.outcome, each.close) for name, each in others.items()} == {
        "callback_pending": (Outcome.PASS, Close.CLEAN),
        "callback_nested": (Outcome.PASS, Close.CLEAN),
    }
    # What is in another batch is not even heard again.
    assert others["callback_nested"].detail is None


@pytest.mark.posix("fork, FIFOs and links")
@pytest.mark.parametrize(
    ("attack", "outcome", "mechanism"),
    [
        ("speaks_for_another_batch", Outcome.CRASH, "damaged-outcomes"),
        ("speaks_for_its_neighbour", Outcome.CRASH, "damaged-outcomes"),
        ("writes_junk", Outcome.CRASH, "damaged-outcomes"),
        ("floods", Outcome.CRASH, "outcomes-flood"),
        ("replaces_files", Outcome.PASS, None),
        ("links_files_to_zero", Outcome.PASS, None),
        ("empties_its_file", Outcome.FAIL, "raised-permission-error"),
    ],
)
def test_an_attack_harms_its_own_cell_at_most_and_says_how(
    results: dict[str, list[CellResult]], attack: str, outcome: Outcome, mechanism: str | None
) -> None:
    (found,) = [each for each in results[attack] if each.key.scenario == attack]
    assert (found.outcome, found.mechanism) == (outcome, mechanism)


@pytest.mark.parametrize("attack", ["writes_junk", "floods"])
def test_so_it_is_where_nothing_forks(environment: ProvidedEnvironment, folder: Path, attack: str) -> None:
    batch = live.batch_of("epoll", [("callback_pending", HELPER), (attack, HELPER)], folders=[folder])
    batch = replace(batch, path=())
    results, _ = live.run_cells(environment, [batch], scenarios=[folder], fork=False)
    found = {each.key.scenario: (each.outcome, each.mechanism) for each in results}
    assert found["callback_pending"] == (Outcome.PASS, None)
    expected = "outcomes-flood" if attack == "floods" else "damaged-outcomes"
    assert found[attack] == (Outcome.CRASH, expected)
