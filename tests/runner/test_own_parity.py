"""Files of users give the same in a batch and alone, whatever they do when they are imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.environments.provider import ProvidedEnvironment
from harness.infra.resources import scenarios_dir
from harness.model.outcome import Outcome
from harness.model.result import CellResult
from harness.plan.plan_records import PlannedLane
from harness.runner.batches import batched
from harness.runner.work import Batch
from harness.scenarios.catalogue import load_scenarios
from tests.support import live

pytestmark = [pytest.mark.index, pytest.mark.timeout(600)]

LANES = ("epoll", "select", "asyncio-default")
OWN = {
    "looks_for_a_plugin": """
try:
    import my_plugin
except ImportError:
    my_plugin = None


def answer(cell):
    return "missing" if my_plugin is None else my_plugin.ANSWER
""",
    "makes_a_folder": """
import os
import tempfile

FOLDER = tempfile.mkdtemp()


def answer(cell):
    before = len(os.listdir(FOLDER))
    open(os.path.join(FOLDER, "%d" % before), "w").close()
    return before
""",
    "counts": """
import itertools

COUNTER = itertools.count()


def answer(cell):
    return next(COUNTER)
""",
    "writes_a_file_of_a_fixed_name": """
import os
import tempfile

FILES = ["cache.db", os.path.join(tempfile.gettempdir(), "cache.db")]
FOUND = [os.path.exists(path) for path in FILES]
for path in FILES:
    open(path, "w").close()


def answer(cell):
    return FOUND.count(True)
""",
    "reads_the_environment": """
import os

FOLDER = os.environ["TMPDIR"]


def answer(cell):
    return FOLDER == os.getcwd()
""",
    "changes_the_environment": """
import os

SEEN = os.environ.get("MY_CLIENT_URL")
os.environ["MY_CLIENT_URL"] = __name__


def answer(cell):
    return SEEN
""",
    "changes_a_class_of_scrapy": """
import scrapy

CHANGES = getattr(scrapy.Item, "changed", 0) + 1
scrapy.Item.changed = CHANGES


def answer(cell):
    return CHANGES
""",
}
TAIL = """

class Asks(Scenario):
    helpers = ()
    expected = {expected!r}

    async def parse(self, response):
        self.cell.entered()
        return self.arrived(answer(self.cell))
"""
EXPECTED = {
    "looks_for_a_plugin": "here",
    "makes_a_folder": 0,
    "counts": 0,
    "writes_a_file_of_a_fixed_name": 0,
    "reads_the_environment": True,
    "changes_the_environment": None,
    "changes_a_class_of_scrapy": 1,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("own")
    for name, body in OWN.items():
        head = '"""Asks what became of what it did when it was imported."""\n\nfrom kit.scenario import Scenario\n'
        (made / f"{name}.py").write_text(head + body + TAIL.format(expected=EXPECTED[name]))
    return made


def batches(folder: Path, overlay: Path) -> tuple[Batch, ...]:
    """The cells of all own files beside one that is built in, as the harness batches them."""
    found = load_scenarios([folder, scenarios_dir()])
    alike = [name for name in OWN if name != "looks_for_a_plugin"]
    lanes = [
        PlannedLane(name=lane, status=None, reason=None, overlays=overlays, requires=requires, cells=cells)
        for lane in LANES
        for overlays, requires, cells in (
            ((), (), (*((name, "none") for name in alike), ("callback_pending", "maybe_deferred_to_future"))),
            (("plugin",), ("plugin",), (("looks_for_a_plugin", "none"),)),
        )
    ]
    lane_specs = {lane: live.batch_of(lane, []).lane for lane in LANES}
    return batched(
        lanes, lane_specs=lane_specs, overlays={"plugin": overlay}, kind=lambda name: found[name].info.kind, own=[*OWN]
    )


def seen(results: list[CellResult]) -> dict[str, object]:
    return {each.key.id: (each.outcome, each.mechanism, each.detail, each.close, each.facts) for each in results}


@pytest.mark.parametrize("fork", [pytest.param(True, marks=pytest.mark.posix("fork")), False])
def test_files_of_users_give_in_batches_what_they_give_alone(
    environment: ProvidedEnvironment, folder: Path, tmp_path: Path, *, fork: bool
) -> None:
    (tmp_path / "my_plugin.py").write_text("ANSWER = 'here'\n")
    asked = batches(folder, tmp_path)
    together, _ = live.run_cells(environment, asked, scenarios=[folder], fork=fork)
    alone, _ = live.run_cells(environment, asked, scenarios=[folder], fork=fork, isolate=True)
    assert {(each.key.scenario, each.outcome, each.detail) for each in together} == {
        (name, Outcome.PASS, None) for name in (*OWN, "callback_pending")
    }
    assert seen(alone) == seen(together)


def test_a_file_of_a_user_shares_a_batch_with_no_other_and_not_with_what_is_built_in(
    folder: Path, tmp_path: Path
) -> None:
    found = batches(folder, tmp_path)
    assert len(found) == len(LANES) * (len(OWN) + 1)
    for batch in found:
        scenarios = {name for name, _ in batch.cells}
        assert len(scenarios) == 1
        assert batch.own == (scenarios != {"callback_pending"})
