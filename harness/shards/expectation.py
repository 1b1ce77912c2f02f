"""What a merge expects, and whether artifacts are of that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.infra.errors import ConfigurationError
from harness.plan.plan_records import Plan
from harness.shards.artifact_lines import ENDING
from harness.shards.artifact_reader import Artifact, Scope
from harness.shards.assignment import Assignment
from harness.shards.identity import PlanIdentity, of_platforms, whole
from harness.workspace import Filters


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPlan:
    """What artifacts say that their plan was made from."""

    plan: str
    filters: Filters
    shards: int | None
    """Number of shards; None: each is a whole run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeExpectation:
    """What a merge expects."""

    terms: PlanIdentity
    assignment: Assignment | None
    """None: whole runs."""

    @property
    def plan(self) -> Plan:
        """All that is asked for."""
        return self.terms.plan

    def scope(self, artifact: Artifact) -> Scope:
        """What an artifact may speak of. `ConfigurationError` names what in it is not as expected."""
        header = artifact.header
        for what, theirs, ours in (
            ("another matrix", header.matrix, self.terms.matrix),
            ("other scenarios", header.scenarios, self.terms.scenarios),
        ):
            if theirs != ours:
                raise artifact.refused(
                    f"it was run with {what} ({theirs[:12]}) than is here ({ours[:12]})",
                    "check out the same version on every machine",
                )
        if header.of > 1:
            return self._scope_of_shard(artifact)
        part = of_platforms(self.plan, header.asked.platforms)
        split = whole(part)
        if (header.plan_hash, header.assignment) != (part.hash, split.hash):
            raise self._other_plan(artifact, part)
        return Scope.of(part, split.shards[0].environments)

    def _scope_of_shard(self, artifact: Artifact) -> Scope:
        header = artifact.header
        if header.plan_hash != self.plan.hash:
            raise self._other_plan(artifact, self.plan)
        split = self.assignment
        if split is None or split.of != header.of:
            ours = "whole runs" if split is None else f"{split.of} shards"
            raise artifact.refused(
                f"it is of {header.of} shards, and {ours} are expected", f"merge with `--shards {header.of}`"
            )
        if split.hash != header.assignment or header.shard > len(split.shards):
            raise artifact.refused(
                "its plan was split otherwise: environments are in other shards",
                "name the same file with --times, or none, in `plan`, `run` and `merge`",
            )
        return Scope.of(self.plan, split.shards[header.shard - 1].environments)

    def _other_plan(self, artifact: Artifact, ours: Plan) -> ConfigurationError:
        asked = artifact.header.asked
        filters = "".join(f" --{name} {','.join(values)}" for name, values in asked.filters.items())
        return artifact.refused(
            f"it is of another plan: {asked.plan} of {', '.join(asked.platforms)}{filters} "
            f"({artifact.header.plan_hash[:12]}), expected is {ours.name} ({ours.hash[:12]})",
            "merge it with the plan, the platforms and the filters that it was run with",
        )

    def key(self, digests: Sequence[str]) -> str:
        """Equal for merges of the same artifacts with the same expectation."""
        split = "" if self.assignment is None else self.assignment.hash
        return hashlib.sha256(json.dumps([self.plan.hash, split, sorted(digests)]).encode()).hexdigest()


def adapted_to(artifacts: Sequence[Artifact]) -> dict[str, list[str]]:
    """Return the Pythons that the plan of some artifacts was adapted to, by platform.

    `ConfigurationError` where two of one platform differ: they have measured other environments for the same questions.
    """
    first: dict[str, Artifact] = {}
    for artifact in artifacts:
        for platform in artifact.header.asked.platforms:
            ours, theirs = _pythons(first.setdefault(platform, artifact), platform), _pythons(artifact, platform)
            if ours != theirs:
                raise artifact.refused(
                    f"its plan was adapted to {_told(theirs)} on {platform}, that of {first[platform].path} to "
                    f"{_told(ours)}: the two have measured other environments",
                    "run on machines with the same Pythons, or name these with --python, or split with --shards: "
                    "such plans are not adapted",
                )
    found = {platform: _pythons(artifact, platform) for platform, artifact in first.items()}
    return {platform: pythons for platform, pythons in found.items() if pythons is not None}


def _pythons(artifact: Artifact, platform: str) -> list[str] | None:
    return artifact.header.asked.available.get(platform)


def _told(pythons: list[str] | None) -> str:
    return "nothing" if pythons is None else f"Python {', '.join(pythons) or '(none)'}"


def found_files(places: Sequence[Path]) -> list[Path]:
    """The files named, and all artifacts below the folders named. `ConfigurationError` for what is not there."""
    found: dict[Path, None] = {}
    for place in places:
        if place.is_dir():
            found |= dict.fromkeys(sorted(path for path in place.rglob(f"*{ENDING}") if path.is_file()))
        elif place.is_file():
            found[place] = None
        else:
            raise ConfigurationError(
                value=str(place), cause="there is no such file or folder", action="name folders or files of artifacts"
            )
    return list(found)


def asked_by(artifacts: Sequence[Artifact]) -> AskedPlan:
    """What all artifacts say that they are of. `ConfigurationError` where they do not agree, or there are none."""
    if not artifacts:
        raise ConfigurationError(
            value="merge",
            cause="there is no artifact, and nothing says what was expected",
            action="name what was expected with --plan, --platform and --shards",
        )
    first = artifacts[0]
    platforms: dict[str, None] = {}
    shards: int | None = None
    for artifact in artifacts:
        header = artifact.header
        asked, ours = header.asked, first.header.asked
        if (asked.plan, asked.filters) != (ours.plan, ours.filters):
            raise artifact.refused(
                f"it is of another plan than {first.path}", "merge what belongs together, or name it with --plan"
            )
        platforms |= dict.fromkeys(asked.platforms)
        if header.of > 1:
            if shards not in {None, header.of}:
                raise artifact.refused(f"it is of {header.of} shards, others are of {shards}", "name one with --shards")
            shards = header.of
    asked = first.header.asked
    unknown = asked.filters.keys() - set(Filters.__slots__)
    if unknown:
        raise first.refused(f"it names filters that there are not: {', '.join(sorted(unknown))}")
    filters = Filters(**{**asked.filters, "platform": list(platforms)})
    return AskedPlan(plan=asked.plan, filters=filters, shards=shards)
