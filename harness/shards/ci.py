"""An assignment as CI wants it: a matrix of GitHub Actions, a child pipeline of GitLab, a document."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.plan.plan_records import Plan
from harness.shards.artifact_lines import ENDING
from harness.shards.assignment import Assignment, Shard
from harness.workspace import Filters

VERSION = 1

GITHUB = {"linux": "ubuntu-latest", "windows": "windows-latest", "macos": "macos-latest", "wine": "ubuntu-latest"}
"""`runs-on` by platform."""
_INSTALL = "python -m pip install $SCRAPY_COMPAT"
_WINE = "apt-get update -q && apt-get install -yq --no-install-recommends wine wine64"
_LINUX: dict[str, Any] = {"tags": ["saas-linux-small-amd64"], "image": "python:3.13"}
GITLAB: dict[str, dict[str, Any]] = {
    "linux": _LINUX,
    "wine": {**_LINUX, "before_script": [_WINE, _INSTALL]},
    "windows": {"tags": ["saas-windows-medium-amd64"]},
    "macos": {"tags": ["saas-macos-medium-m1"], "image": "macos-15-xcode-16"},
}
"""Runners of GitLab.com by platform; who has runners of his own changes tags and image."""
_VARIABLES = {
    # What pip installs; whoever starts the pipeline may say something else, such as a folder.
    "SCRAPY_COMPAT": "scrapy-compat-harness",
    "UV_CACHE_DIR": "$CI_PROJECT_DIR/.cache/uv",
    "UV_PYTHON_INSTALL_DIR": "$CI_PROJECT_DIR/.cache/pythons",
}
_KEPT = {"key": "$CI_JOB_NAME", "paths": [".cache/uv", ".cache/pythons"], "when": "always"}
_FOLDER = "artifacts"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSplit:
    """How `plan` was asked to split, so that `run` and `merge` can be asked alike."""

    filters: Filters
    extra: Sequence[str]
    """Other options that a plan depends on: `--times`, `--scenarios`, `--matrix`, each with its value."""


def shards_lines(plan: Plan, split: Assignment, asked: AskedSplit, shape: str) -> Iterator[str]:
    """The lines of a shape: `github`, `gitlab` or `json`."""
    if shape == "github":
        yield f"matrix={_compact({'include': [_entry(shard) for shard in split.shards]})}"
    elif shape == "gitlab":
        yield from _gitlab(plan, split, asked)
    else:
        yield json.dumps(_document(plan, split), indent=1)


def _entry(shard: Shard) -> dict[str, object]:
    return {
        "shard": shard.name,
        "platform": shard.platform,
        "os": GITHUB[shard.platform],
        "pythons": " ".join(shard.pythons),
        "cells": shard.cells,
        "environments": len(shard.environments),
        "seconds": round(shard.milliseconds / 1000),
        "artifact": shard.artifact,
    }


def _document(plan: Plan, split: Assignment) -> dict[str, object]:
    return {
        "schema_version": VERSION,
        "plan": plan.name,
        "plan_hash": plan.hash,
        "assignment": split.hash,
        "shards": [{**_entry(shard), "ids": list(shard.environments)} for shard in split.shards],
        "environments": {
            name: {"shard": split.owners[name].name, "seconds": milliseconds / 1000}
            for name, milliseconds in split.weights.items()
        },
        "notes": split.notes(),
    }


def _gitlab(plan: Plan, split: Assignment, asked: AskedSplit) -> Iterator[str]:
    """YAML; what stands in it is written as JSON, which YAML reads, too."""
    options = ["--plan", plan.name, *_filters(asked.filters), "--shards", str(split.of), *asked.extra]
    yield f"# Made by `scrapy-compat plan --shards {split.of} --format gitlab`, for a child pipeline:"
    yield "# one job a shard, and the one that merges what they deliver. Tags and images are those of GitLab.com."
    yield 'stages: ["measure", "merge"]'
    yield f"variables: {_compact(_VARIABLES)}"
    yield "default:"
    yield f"  before_script: {_compact([_INSTALL])}"
    for shard in split.shards:
        words = ["scrapy-compat", "run", *options, "--shard", shard.name, "--artifact", _FOLDER]
        # What is unexpected or incomplete is told once, by the job that sees all of it.
        words += ["--install-pythons", "--fail-on", "none"]
        yield f"{_compact(shard.artifact)}:"
        yield '  stage: "measure"'
        for name, value in GITLAB[shard.platform].items():
            yield f"  {name}: {_compact(value)}"
        yield f"  cache: {_compact(_KEPT)}"
        yield f"  script: {_compact([shlex.join(words)])}"
        yield f"  artifacts: {_compact({'when': 'always', 'paths': [f'{_FOLDER}/{shard.artifact}{ENDING}']})}"
    merge = ["scrapy-compat", "merge", _FOLDER, *options, "--out", "reports"]
    yield '"merge":'
    yield '  stage: "merge"'
    for name, value in GITLAB["linux"].items():
        yield f"  {name}: {_compact(value)}"
    yield '  when: "always"'
    yield f"  script: {_compact([f'mkdir -p {_FOLDER}', shlex.join(merge)])}"
    yield f"  artifacts: {_compact({'when': 'always', 'paths': ['reports']})}"


def _filters(filters: Filters) -> Iterator[str]:
    for name in Filters.__slots__:
        for value in getattr(filters, name):
            yield from (f"--{name}", value)


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
