"""What there is to try along an axis: Scrapy with all its patch releases, the Pythons found, any package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from harness.environments.install import site_packages
from harness.environments.lockfiles import normalise
from harness.environments.provider import ProvidedEnvironment
from harness.experiments.any_release import PYTHON, SCRAPY, with_release
from harness.experiments.bisect.step_results import AxisStep
from harness.experiments.lab import Lab, TrialResult
from harness.experiments.pins.traceback_packages import modules_of
from harness.infra.errors import ConfigurationError
from harness.infra.packages.releases import ReleaseList
from harness.infra.toml_errors import suggestion
from harness.interpreters.interpreter import Interpreters
from harness.matrix.spec import MatrixSpec
from harness.model.ids import CellKey, EnvironmentId
from harness.plan.plan_records import PlannedEnvironment
from harness.plan.planner import make_plan
from harness.plan.scenario_info import ScenarioInfo
from harness.plan.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEnvironment:
    """What is in the environment of the cell itself, and what the cell gives there."""

    planned: PlannedEnvironment
    seen: TrialResult
    declared: Mapping[str, SpecifierSet]
    """What its Scrapy declares to need."""
    owners: Mapping[str, str]
    """Packages by the modules that they have installed."""

    @property
    def packages(self) -> set[str]:
        """The packages that could be another release."""
        overlays = [Requirement(overlay.name).name for overlay in self.seen.environment.overlays]
        there = {*self.seen.environment.versions, *self.declared, *map(normalise, overlays)}
        return there - {"python-build", "python_build"}


@dataclass(slots=True, kw_only=True)
class BisectAxes:
    """The axes through one cell."""

    spec: MatrixSpec
    scenarios: Mapping[str, ScenarioInfo]
    interpreters: Interpreters
    lab: Lab
    index: ReleaseList
    cell: CellKey
    _own: OwnEnvironment | None = field(default=None, init=False)

    def steps(self, axis: str) -> tuple[str, list[AxisStep]]:
        """The value that the cell itself has on `axis`, and every value of it, oldest first.

        Raises `ConfigurationError` where there is none, `IndexUnavailableError`.
        """
        coordinates = EnvironmentId.parse(self.cell.environment)
        if axis == SCRAPY:
            found = coordinates.scrapy, list(self._scrapys(coordinates))
        elif axis == PYTHON:
            found = coordinates.python, list(self._pythons(coordinates))
        else:
            found = self._packages(normalise(axis), coordinates)
        if not found[1]:
            raise ConfigurationError(
                value=f"--axis {axis}", cause="there is nothing on it for this cell", action="take another axis or cell"
            )
        return found

    def _scrapys(self, coordinates: EnvironmentId) -> Iterator[AxisStep]:
        oldest = min(each.version for each in self.spec.scrapys)
        releases = self.index.of(SCRAPY, self.interpreters.found[coordinates.python].version)
        for release in releases:
            if release.version >= oldest:
                spec = with_release(self.spec, release, releases)
                planned = self._planned(spec, coordinates._replace(scrapy=str(release.version)))
                if planned is not None:
                    yield AxisStep(label=str(release.version), day=release.day, planned=planned)

    def _pythons(self, coordinates: EnvironmentId) -> Iterator[AxisStep]:
        for python in sorted(self.spec.pythons, key=lambda python: python.language):
            if python.version is not None and python.key in self.interpreters.found:
                planned = self._planned(self.spec, coordinates._replace(python=python.key))
                if planned is not None:
                    yield AxisStep(label=python.key, day=python.released, planned=planned)

    def _packages(self, package: str, coordinates: EnvironmentId) -> tuple[str, list[AxisStep]]:
        own = self.own_environment()
        planned = own.planned
        there = own.packages
        if package not in there:
            raise ConfigurationError(
                value=f"--axis {package}",
                cause=f"is neither {SCRAPY} nor {PYTHON} nor a package of this cell's environment",
                action=suggestion(package, there),
            )
        cutoff = planned.exclude_newer
        # What holds this very package back must not: that is the question.
        others = tuple(each for each in planned.constraints if normalise(Requirement(each).name) != package)
        steps = [
            AxisStep(
                label=str(release.version),
                day=release.day,
                planned=replace(planned, constraints=(*others, f"{package}=={release.version}")),
            )
            for release in self.index.of(package, self.interpreters.found[coordinates.python].version)
            if own.declared.get(package, SpecifierSet()).contains(release.version)
            and (cutoff is None or release.day.isoformat() <= cutoff)
        ]
        return own.seen.environment.versions.get(package, ""), steps

    def own_environment(self) -> OwnEnvironment:
        """The environment of the cell itself, made and run once. Raises `ConfigurationError`, and as the lab does."""
        if self._own is None:
            planned = self._planned(self.spec, EnvironmentId.parse(self.cell.environment))
            if planned is None:
                action = "take another cell"
                raise ConfigurationError(value=self.cell.id, cause="the matrix leaves it out", action=action)
            declared: dict[str, SpecifierSet] = {}
            owners: dict[str, str] = {}

            def look(provided: ProvidedEnvironment) -> None:
                assert provided.directory is not None
                site = site_packages(provided.directory)
                declared.update(declared_by(site, SCRAPY))
                owners.update(modules_of(site))

            seen = self.lab.run(planned, keep=True, isolate=True, look=look)
            self._own = OwnEnvironment(planned=planned, seen=seen, declared=declared, owners=owners)
        return self._own

    def _planned(self, spec: MatrixSpec, coordinates: EnvironmentId) -> PlannedEnvironment | None:
        """The environment with this one cell; None where the matrix leaves it out."""
        key = self.cell._replace(environment=coordinates.id)
        selection = Selection(exact=(key,))
        plan = make_plan(
            spec,
            plan=next(iter(spec.plans)),
            platforms=(coordinates.platform,),
            scenarios=self.scenarios,
            selection=selection,
        )
        planned = plan.environments[0]
        return planned if planned.status is None else None


def declared_by(site: Path, package: str) -> dict[str, SpecifierSet]:
    """What an installed package declares to need, by normalised name."""
    found: dict[str, SpecifierSet] = {}
    for metadata in site.glob("*.dist-info/METADATA"):
        if normalise(metadata.parent.name.partition("-")[0]) == package:
            for line in metadata.read_text(encoding="utf-8").split("\n\n")[0].splitlines():
                if line.startswith("Requires-Dist:"):
                    try:
                        needed = Requirement(line.removeprefix("Requires-Dist:").strip())
                    except InvalidRequirement:
                        continue  # pip and uv read it as they can.
                    if needed.marker is None or needed.marker.evaluate():
                        found[normalise(needed.name)] = needed.specifier
    return found
