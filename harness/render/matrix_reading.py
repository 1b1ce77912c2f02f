"""reports/matrix.json -> cells as judges see them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import ConfigurationError
from harness.judge.cells import Coordinates, Known
from harness.render.matrix_json import SCHEMA_VERSION
from harness.results import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixFile:
    """What a `matrix.json` says."""

    run: str
    """Id of the run that it is of."""
    versions: Mapping[str, Mapping[str, str]]
    """Installed versions by environment."""
    content: Mapping[str, Any]

    def known(self) -> Iterator[Known]:
        """Every cell."""
        places = {
            name: (found["platform"], found["python"], found["scrapy"], found["profile"])
            for name, found in self.content["environments"].items()
        }
        for name, cell in self.content["cells"].items():
            facts = cell["facts"] or {"reactor": None, "loop": None}
            lane = name.split("/")[1]
            at = Coordinates(*places[cell["environment"]], lane, cell["scenario"], cell["helper"])
            outcome = Outcome(cell["outcome"])
            yield Known(at, outcome, cell["mechanism"], cell["detail"], facts["reactor"], facts["loop"])


def read_matrix_json(path: Path) -> MatrixFile:
    """The file at `path`. Raises `ConfigurationError` where it is no `matrix.json`."""
    try:
        content = json.loads(path.read_bytes())
        if content["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"its version is {content['schema_version']}, this program reads {SCHEMA_VERSION}")
        versions = {name: found["versions"] for name, found in content["environments"].items()}
        return MatrixFile(run=content["run"]["id"], versions=versions, content=content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            value=str(path), cause=f"cannot be read as a matrix.json: {error}", action="name a file that `run` wrote"
        ) from error
