"""What is asked of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.executors.dask.cluster import Cluster
from harness.interpreters.downloads import PythonDownloads
from harness.plan.coverage import SamplingRequest
from harness.shards.identity import AskedShard
from harness.workspace import Filters


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRunOptions:
    """What commands are asked for that store a run, judge it and write its reports."""

    out: Path | None
    """Where reports go; None: to `reports/`, and nowhere for a plan that is narrowed."""
    state: Path
    matrix: Path | None
    baselines: Path
    """Folder of the accepted baselines."""
    scenarios: tuple[Path, ...]
    """Folders of scenarios beside the built-in ones and those of the matrix."""
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(StoredRunOptions):
    """What `scrapy-compat run` was asked for."""

    plan: str
    filters: Filters
    sampling: SamplingRequest
    """What is to be chosen of what the filters leave; nothing wished: all of it."""
    jobs: int
    isolate: bool
    fresh: bool
    """Whether nothing is taken over from earlier runs."""
    upgrade: bool
    deadline: float
    install_pythons: bool | None
    """Whether missing interpreters are fetched; None: for plans that adapt to what a machine has."""
    cluster: Cluster | None = None
    """None: cells run on this machine."""
    shard: AskedShard | None = None
    """The part of the plan to be run; None: all of it."""
    ignored: frozenset[str] = frozenset()
    """Ids of earlier runs that nothing is taken over from, where something is from others."""
    artifact: Path | None = None
    """Folder for the artifact that tells other machines what this one has measured."""

    def downloads(self, *, adapts: bool) -> PythonDownloads:
        """Return when missing interpreters are fetched; `adapts`: whether the plan adapts to those that are there."""
        if self.install_pythons is None:
            return PythonDownloads.AUTOMATIC if adapts else PythonDownloads.NEVER
        return PythonDownloads.REQUESTED if self.install_pythons else PythonDownloads.NEVER

    @property
    def narrowed(self) -> bool:
        """Whether it asks for less than a whole plan."""
        return self.filters.any or self.sampling.any or self.shard is not None
