"""reports/matrix.json -> its cells, as judges see them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import ConfigurationError
from harness.judge.cells import Coordinates, Known
from harness.render.matrix_json import SCHEMA_VERSION
from harness.results import Outcome


def known_of_report(path: Path) -> list[Known]:
    """Every cell of a report that `write_matrix_json` wrote, in its order; `ConfigurationError` for anything else."""
    try:
        content = json.loads(path.read_bytes())
        if content["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"its schema version is {content['schema_version']}, this program reads {SCHEMA_VERSION}")
        return list(_cells(content["environments"], content["cells"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            value=str(path),
            cause=f"is no report that can be read: {error}",
            action="name a matrix.json that `scrapy-compat report` wrote",
        ) from error


def _cells(environments: dict[str, dict[str, Any]], cells: dict[str, dict[str, Any]]) -> Iterator[Known]:
    outcomes = {outcome.value: outcome for outcome in Outcome}
    where = {name: tuple(each[axis] for axis in Coordinates._fields[:4]) for name, each in environments.items()}
    for cell in cells.values():
        lane = cell["reactor"] if cell["loop"] is None else f"{cell['reactor']}-{cell['loop']}"
        at = Coordinates._make((*where[cell["environment"]], lane, cell["scenario"], cell["helper"]))
        facts = cell["facts"] or {"reactor": None, "loop": None}
        yield Known(at, outcomes[cell["outcome"]], cell["mechanism"], cell["detail"], facts["reactor"], facts["loop"])
