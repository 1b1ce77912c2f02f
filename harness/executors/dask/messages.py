"""What a client and the workers of a cluster tell each other: units of work, and what came of them."""

from __future__ import annotations

import hashlib
import json
import pickle
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.infra.resources import scenarios_dir
from harness.judge.verdict import Judge, Verdict
from harness.matrix.spec import MEMORY
from harness.model.known_cells import KnownCell
from harness.model.result import CellResult, EnvironmentResult
from harness.plan.plan_records import PlannedEnvironment
from harness.runner.fingerprints import FingerprintInputs
from harness.runner.work import LaneSpecs

KnownMarks = Mapping[str, Mapping[str, frozenset[str]]]
"""Helpers whose cells are known, by the fingerprints of an environment and of the cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What is the same for every environment of a run, and what a worker needs beside the environment itself."""

    basis: FingerprintInputs
    judge: Judge
    lane_specs: LaneSpecs
    deadline: float
    refresh: bool
    """Whether packages are resolved again."""
    memory: int = MEMORY
    """Bytes that a batch may hold in memory."""
    folders: tuple[str, ...] = ()
    """Digests of the folders of scenarios, see `harness.executors.dask.bundles`; the last one holds the kit."""

    @property
    def identity(self) -> str:
        """Sixteen hex digits that differ where it asks for something else."""
        lane_specs = {platform: list(map(asdict, lanes.values())) for platform, lanes in self.lane_specs.items()}
        return digest(
            asdict(self.basis), self.judge.digest, lane_specs, self.deadline, self.refresh, self.memory, self.folders
        )

    def is_unexpected(self, result: CellResult) -> bool:
        """Whether a result has to be seen again before it is believed."""
        return self.judge.is_unexpected(KnownCell.of(result))

    def is_unclaimed(self, result: CellResult) -> bool:
        """Return whether neither a claim nor the baseline says anything of it."""
        return self.judge.verdict(KnownCell.of(result)) is Verdict.UNCLAIMED


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The work that is given to one worker: an environment with its cells."""

    environment: PlannedEnvironment
    known: KnownMarks
    """What need not be run: a worker finds out itself how its environment differs from those of earlier runs."""

    def key(self, run: str) -> str:
        """Names the unit among those of a cluster; the same for the same environment of a run that is taken up."""
        return f"scrapy-compat-{digest(run, asdict(self.environment))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted:
    """A worker has begun a unit."""

    environment: str
    worker: str
    """Its address."""
    attempt: str
    """Tells apart the times at which the unit was begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentReady:
    """The environment of a unit is there, or it is known why it is not."""

    result: EnvironmentResult
    overlays: frozenset[str]
    """Those that can be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsEvent:
    """Cells have run."""

    attested: EnvironmentResult | None
    """The environment as its first process found it, told once."""
    results: tuple[CellResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
    """Everything that came of a unit; what was told before is in it once more."""

    worker: str
    made: EnvironmentReady | None
    told: tuple[ResultsEvent, ...]
    problem: str | None = None
    """Why the worker could not go on."""
    cancelled: bool = False
    """Whether it was asked not to: then nothing of it counts."""
    seconds: tuple[float, float] = (0.0, 0.0)
    """Making the environment, running its cells."""


Message = TaskStarted | EnvironmentReady | ResultsEvent


def pack(message: object) -> bytes:
    """A message as it travels. What comes from a cluster is trusted as much as the cluster itself."""
    return zlib.compress(pickle.dumps(message, protocol=5), 1)


def unpack(data: bytes) -> Any:
    """What `pack` was given."""
    return pickle.loads(zlib.decompress(data))  # noqa: S301 (Dask itself does the same with whatever comes)


def digest(*parts: object) -> str:
    """Sixteen hex digits that differ where any of the parts differs; the same in every process."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def code() -> str:
    """Sixteen hex digits of the harness's own code: those who work on one run together must have the same."""
    package = Path(__file__).resolve().parents[2]
    files = [file for file in package.rglob("*.py") if scenarios_dir() not in file.parents]
    named = sorted((file.relative_to(package).as_posix(), file.read_bytes()) for file in files)
    # A checkout on Windows may have other ends of lines.
    return digest(*(f"{name}\n{content!r}" for name, content in ((n, c.replace(b"\r\n", b"\n")) for n, c in named)))


_OFFER = "scrapy-compat"


def offer(platform: str, python: str) -> str:
    """Name of the resource that a worker has which can run such environments, with this code."""
    return f"{_OFFER}/{code()}/{platform}/{python}"


def offered(resources: Mapping[str, float]) -> tuple[frozenset[tuple[str, str]], bool]:
    """Platforms and Pythons among the resources of a worker, and whether it has some with other code."""
    parts = [name.split("/") for name in resources if name.startswith(f"{_OFFER}/")]
    ours = frozenset((part[2], part[3]) for part in parts if part[1] == code())
    return ours, any(part[1] != code() for part in parts)
