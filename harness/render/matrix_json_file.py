"""reports/matrix.json -> cells as judges see them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.infra.errors import ConfigurationError
from harness.model.ids import CellKey
from harness.model.known_cells import CellCoordinates, KnownCell
from harness.model.outcome import Outcome
from harness.render.matrix_json import SCHEMA_VERSION

_UNREADABLE = (OSError, ValueError, RecursionError, KeyError, IndexError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixFile:
    """What a `matrix.json` says."""

    path: Path
    run: str
    """Id of the run that it is of."""
    plan: str
    """Name of that run's plan."""
    plan_hash: str
    host: Mapping[str, str]
    """What that run says of its machine."""
    versions: Mapping[str, Mapping[str, str]]
    """Installed versions by environment."""
    content: Mapping[str, Any]

    def cells(self) -> Iterator[tuple[CellKey, dict[str, Any]]]:
        """Return every cell, with what it shares with others put into it. Raises `ConfigurationError`."""
        try:
            shared = self.content.get("shared", ())
            for name, cell in self.content["cells"].items():
                # A cell that shares nothing says all of it itself: so an edited or unfolded file can be read, too.
                yield CellKey.parse(name), {**shared[cell["as"]], **cell} if "as" in cell else cell
        except _UNREADABLE as error:
            raise _refusal(self.path, error) from error

    def known(self) -> Iterator[KnownCell]:
        """Return every cell as judges see it. Raises `ConfigurationError`."""
        try:
            places = {
                name: (found["platform"], found["python"], found["scrapy"], found["profile"])
                for name, found in self.content["environments"].items()
            }
            for key, cell in self.cells():
                facts = cell["facts"] or {"reactor": None, "loop": None}
                at = CellCoordinates(*places[key.environment], key.lane, key.scenario, key.helper)
                outcome = Outcome(cell["outcome"])
                yield KnownCell(at, outcome, cell["mechanism"], cell["detail"], facts["reactor"], facts["loop"])
        except _UNREADABLE as error:
            raise _refusal(self.path, error) from error


def read_matrix_json(path: Path) -> MatrixFile:
    """Read the file at `path`. Raises `ConfigurationError` where it is no `matrix.json`."""
    try:
        content = json.loads(path.read_bytes())
        if content["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"its version is {content['schema_version']}, this program reads {SCHEMA_VERSION}")
        versions = {name: found["versions"] for name, found in content["environments"].items()}
        run = content["run"]
        return MatrixFile(
            path=path,
            run=run["id"],
            plan=run["plan"],
            plan_hash=run["plan_hash"],
            host=run["host"],
            versions=versions,
            content=content,
        )
    except _UNREADABLE as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        value=str(path), cause=f"cannot be read as a matrix.json: {error}", action="name a file that `run` wrote"
    )
