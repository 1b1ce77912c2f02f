"""`run --executor dask` and `worker` as users start them: a real scheduler, real workers, and whatever can happen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
import trustme
from distributed import Client

from harness.executors.dask.messages import TaskStarted, unpack
from harness.interpreters.search import find_interpreters
from harness.store.run_directory import Runs
from tests.support import clusters, live
from tests.support.left_behind import MARK, carrying

pytestmark = [pytest.mark.index, pytest.mark.posix("signals from another process")]

NEWER = ["--plan", "full", "--python", live.HERE, "--scrapy", "2.13.4", "--profile", "latest"]
SLOW = [*NEWER, "--lane", "epoll", "--scenario", "callback_fired,callback_nested,callback_pending", "--isolate"]
SLOW += ["--helper", "direct,as_future,copied_*"]
CELLS = 12
"""Of those of `SLOW`, each a process of its own: there is time to come between."""
ENVIRONMENT = f"linux-py{live.HERE}-scrapy2.13.4-latest"
OWN = '''"""Await a Deferred that has fired already, in a scenario of our own."""

from kit.scenario import Scenario
from twisted.internet.defer import succeed


class MyQuestion(Scenario):
    async def parse(self, response):
        return self.arrived(await self.helper(succeed("value")))
'''

Table = dict[str, tuple[str, str | None, str]]


@pytest.fixture
def environ(cache: Path, tmp_path: Path) -> dict[str, str]:
    """The variables of all processes here."""
    return {**os.environ, "SCRAPY_COMPAT_CACHE": str(cache), "PYTHONPATH": str(clusters.ROOT), MARK: str(tmp_path)}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the client is started."""
    folder = tmp_path / "client"
    folder.mkdir()
    return folder


@pytest.fixture
def cluster(tmp_path: Path, environ: dict[str, str]) -> Iterator[clusters.Cluster]:
    """A cluster without processes."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    with clusters.cluster(folder, environ) as made:
        yield made


def scrapy_compat(place: Path, environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*clusters.COMMAND, *arguments],
        cwd=place,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def started(place: Path, environ: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*clusters.COMMAND, "run", *arguments],
        cwd=place,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def table(place: Path) -> Table:
    """Outcome, mechanism and close of the cells that the latest run has recorded."""
    runs = Runs(place / ".scrapy-compat")
    if not runs.ids():
        return {}
    with runs.open(runs.ids()[-1]) as store:
        return {"/".join(row[:4]): (str(row[4].outcome), row[4].mechanism, str(row[4].close)) for row in store.rows()}


def cells_of(environ: Mapping[str, str], cache: Path | None = None) -> list[int]:
    """Processes of this test that run with an interpreter of its cache."""
    return carrying(environ[MARK], within=(cache or Path(environ["SCRAPY_COMPAT_CACHE"])) / "envs")


def beginnings(cluster: clusters.Cluster) -> list[TaskStarted]:
    """How often a unit was begun on the cluster."""
    with closing(Client(cluster.address, set_as_default=False, timeout=20)) as client:
        topics = client.get_events()
    events = [
        unpack(data)[2] for topic, told in topics.items() if topic.startswith("scrapy-compat-") for _, data in told
    ]
    return [event for event in events if isinstance(event, TaskStarted)]


def first_results(place: Path) -> Table:
    return clusters.until(lambda: table(place), "no result came")


def test_the_table_is_the_same_as_locally_cell_for_cell(
    place: Path, environ: dict[str, str], cluster: clusters.Cluster
) -> None:
    asked = ["--plan", "full", "--python", live.HERE, "--scrapy", "2.13.4,2.4.1", "--profile", "latest"]
    asked += ["--scenario", "callback_*", "--lane", "epoll,asyncio-default"]
    here = scrapy_compat(place, environ, "run", *asked, "--state", "here/.scrapy-compat")
    assert here.returncode == 0, here.stderr
    cluster.start_scheduler()
    cluster.start_worker("--python", live.HERE, "--jobs", "1")
    cluster.start_worker("--jobs", "1")
    there = scrapy_compat(place, environ, "run", *asked, *cluster.arguments())
    assert there.returncode == 0, there.stdout + there.stderr
    assert table(place) == table(place / "here")
    assert len(table(place)) > 200
    again = scrapy_compat(place, environ, "run", *asked, *cluster.arguments())
    assert "Nothing has changed" in again.stdout, again.stdout + again.stderr
    # Fingerprints are the same, too: what a cluster has run need not be run here.
    assert "Nothing has changed" in scrapy_compat(place, environ, "run", *asked).stdout


def test_the_work_of_a_killed_worker_is_done_by_another(
    place: Path, environ: dict[str, str], cluster: clusters.Cluster, tmp_path: Path
) -> None:
    others = find_interpreters(["3.13", "3.12", "3.10"]).found
    other = next(iter(others), live.HERE)
    asked = [*SLOW, "--python", other]
    cluster.start_scheduler()
    doomed = cluster.start_worker("--python", live.HERE, "--jobs", "1", cache=tmp_path / "cache")
    run = started(place, environ, *asked, *cluster.arguments())
    begun = first_results(place)
    doomed.kill()
    cluster.start_worker("--python", live.HERE, "--python", other, "--jobs", "2")
    output = run.communicate(timeout=200)
    assert run.returncode == 0, output
    final = table(place)
    assert {cell.partition("/")[0] for cell in final} == {ENVIRONMENT, ENVIRONMENT.replace(live.HERE, other)}
    assert len(final) == CELLS * len({live.HERE, other})
    assert begun.items() <= final.items()
    assert sum(event.environment == ENVIRONMENT for event in beginnings(cluster)) == 2


def test_what_no_worker_has_is_told_and_not_waited_for(
    place: Path, environ: dict[str, str], cluster: clusters.Cluster
) -> None:
    cluster.start_scheduler()
    cluster.start_worker("--python", live.HERE)
    asked = [*NEWER, "--lane", "asyncio-default", "--scenario", "callback_fired", "--platform", "linux,windows"]
    run = scrapy_compat(place, environ | {"CI": "true"}, "run", *asked, *cluster.arguments())
    assert run.returncode == 3, run.stdout + run.stderr
    assert f"no worker has Python {live.HERE} on windows" in run.stdout
    shown = scrapy_compat(place, environ, "cells", "--format", "json").stdout.splitlines()
    outcomes = {(cell["cell"].partition("-")[0], cell["outcome"]) for cell in map(json.loads, shown)}
    assert ("windows", "missing-interpreter") in outcomes
    assert {outcome for platform, outcome in outcomes if platform == "windows"} == {"missing-interpreter"}
    assert not {("linux", "missing-interpreter"), ("linux", "not-run")} & outcomes


@pytest.mark.wine
@pytest.mark.timeout(600)
def test_a_worker_may_offer_windows_pythons_under_wine_beside_one_of_linux(
    place: Path, environ: dict[str, str], cluster: clusters.Cluster
) -> None:
    fetched = scrapy_compat(place, environ, "pythons", "install", "--platform", "wine", "--python", "3.13")
    assert fetched.returncode == 0, fetched.stdout + fetched.stderr
    windows = "wine-py3.13-scrapy2.19.0-latest"
    asked = ["--plan", "full", "--platform", "linux,wine"]
    asked += ["--cell", f"{ENVIRONMENT}/asyncio-default/callback_pending/*"]
    asked += ["--cell", f"{windows}/asyncio-default/callback_pending/*"]
    here = scrapy_compat(place, environ, "run", *asked, "--state", "here/.scrapy-compat")
    assert here.returncode == 0, here.stdout + here.stderr
    cluster.start_scheduler()
    cluster.start_worker("--python", live.HERE)
    under_wine = cluster.start_worker("--platform", "wine")
    there = scrapy_compat(place, environ, "run", *asked, *cluster.arguments())
    assert there.returncode == 0, there.stdout + there.stderr
    assert table(place) == table(place / "here")
    assert {cell.partition("/")[0] for cell in table(place)} == {ENVIRONMENT, windows}
    assert len({event.worker for event in beginnings(cluster)}) == 2
    # Wine's server ends with the last that uses it.
    under_wine.terminate()
    assert under_wine.wait(60) == 0


def test_a_killed_client_attaches_again_and_takes_what_was_finished_meanwhile(
    place: Path, environ: dict[str, str], cluster: clusters.Cluster
) -> None:
    cluster.start_scheduler()
    cluster.start_worker("--python", live.HERE, "--jobs", "1")
    run = started(place, environ, *SLOW, *cluster.arguments())
    known = first_results(place)
    run.kill()
    run.communicate()
    assert len(known) < CELLS
    with closing(Client(cluster.address, set_as_default=False, timeout=20)) as client:
        (name,) = client.list_datasets()
        clusters.until(lambda: client.get_dataset(name).done(), "the unit did not go on")
    again = scrapy_compat(place, environ, "run", *SLOW, *cluster.arguments())
    assert again.returncode == 0, again.stdout + again.stderr
    final = table(place)
    assert len(final) == CELLS
    assert known.items() <= final.items()
    assert len(beginnings(cluster)) == 1
    with closing(Client(cluster.address, set_as_default=False, timeout=20)) as client:
        assert client.list_datasets() == ()


def test_ctrl_c_ends_the_units_and_keeps_what_came(
    place: Path, environ: dict[str, str], cluster: clusters.Cluster
) -> None:
    cluster.start_scheduler()
    cluster.start_worker("--python", live.HERE, "--jobs", "1")
    run = started(place, environ, *SLOW, *cluster.arguments())
    first_results(place)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors
    assert "Traceback" not in errors
    known = table(place)
    assert 0 < len(known) < CELLS
    clusters.until(lambda: not cells_of(environ), "cells went on")
    again = scrapy_compat(place, environ, "run", *SLOW, *cluster.arguments())
    assert again.returncode == 0, again.stdout + again.stderr
    assert f"{CELLS - len(known)} cells run" in again.stdout
    assert known.items() <= table(place).items()


def test_a_lost_scheduler_ends_client_and_worker_with_a_clear_error(
    place: Path, environ: dict[str, str], cluster: clusters.Cluster
) -> None:
    scheduler = cluster.start_scheduler()
    worker = cluster.start_worker("--python", live.HERE, "--jobs", "1")
    run = started(place, environ, *SLOW, *cluster.arguments())
    known = first_results(place)
    scheduler.kill()
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 3, errors
    assert "run the same command again" in errors
    assert "Traceback" not in errors
    assert known.items() <= table(place).items()
    assert worker.wait(60) == 3
    assert cells_of(environ) == []


def test_a_unit_that_workers_do_not_survive_is_given_up_with_the_reason(
    place: Path, environ: dict[str, str], cluster: clusters.Cluster
) -> None:
    cluster.start_scheduler(losses=0)
    workers = [cluster.start_worker("--python", live.HERE, "--jobs", "1")]
    run = started(place, environ, *SLOW, *cluster.arguments())
    for times in (1, 2, 3):
        clusters.until(lambda times=times: len(beginnings(cluster)) == times, "the unit was not begun")
        if times < 3:
            # The next is there before the last is lost: how long nobody may be there is not asked here.
            workers.append(cluster.start_worker("--python", live.HERE, "--jobs", "1"))
        workers[-2 if times < 3 else -1].kill()
    output, errors = run.communicate(timeout=100)
    assert run.returncode == 3, output + errors
    assert "3 workers were lost that worked on it" in output


def test_a_worker_that_is_asked_to_end_gives_its_unit_back(
    place: Path, environ: dict[str, str], cluster: clusters.Cluster, tmp_path: Path
) -> None:
    cluster.start_scheduler(losses=0)
    leaving = cluster.start_worker("--python", live.HERE, "--jobs", "1", cache=tmp_path / "cache")
    run = started(place, environ, *SLOW, *cluster.arguments())
    first_results(place)
    staying = cluster.start_worker("--python", live.HERE, "--jobs", "1")
    leaving.send_signal(signal.SIGTERM)
    assert leaving.wait(60) == 0
    assert cells_of(environ, tmp_path / "cache") == []
    output = run.communicate(timeout=200)
    assert run.returncode == 0, output
    assert len(table(place)) == CELLS
    assert staying.poll() is None


def certificates(folder: Path) -> list[str]:
    """Options that name certificates of an authority made for this test."""
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1", "localhost")
    paths = {name: folder / f"{name}.pem" for name in ("ca-file", "cert", "key")}
    authority.cert_pem.write_to_path(paths["ca-file"])
    server.cert_chain_pems[0].write_to_path(paths["cert"])
    server.private_key_pem.write_to_path(paths["key"])
    return [part for name, path in paths.items() for part in (f"--tls-{name}", str(path))]


def test_scenarios_of_ones_own_are_sent_over_tls(place: Path, environ: dict[str, str], tmp_path: Path) -> None:
    own = place / "own"
    own.mkdir()
    (own / "my_question.py").write_text(OWN)
    asked = [
        *NEWER,
        "--lane",
        "asyncio-default",
        "--scenarios",
        "own",
        "--scenario",
        "my_question",
        "--helper",
        "direct",
    ]
    folder = tmp_path / "cluster"
    folder.mkdir()
    with clusters.cluster(folder, environ, tls=certificates(folder), scheme="tls") as secured:
        secured.start_scheduler()
        assert secured.address.startswith("tls://")
        secured.start_worker("--python", live.HERE)
        run = scrapy_compat(place, environ, "run", *asked, *secured.arguments(), "--fail-on", "none")
        assert run.returncode == 0, run.stdout + run.stderr
        assert len(table(place)) == 1
        (folder / "other").mkdir()
        stranger = ["--executor", "dask", "--scheduler", secured.address, *certificates(folder / "other")]
        refused = scrapy_compat(place, environ, "run", *asked, *stranger)
        assert refused.returncode == 2, refused.stdout + refused.stderr
        assert "no scheduler answers there" in refused.stderr
