"""What `update` does: adds the releases that the package index has to the matrix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.infra.packages.index import configured_index
from harness.matrix.load import find_matrix
from harness.matrix.new_releases import Update, update_matrix


def update_matrix_file(matrix: Path | None) -> tuple[Path, Sequence[Update]]:
    """Add what the package index has and the matrix has not; the file, and each release that was added."""
    path = find_matrix(matrix)
    return path, update_matrix(path, configured_index())
