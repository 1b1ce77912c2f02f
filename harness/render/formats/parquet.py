"""The cells as Parquet, for a notebook: the columns of the CSV, with types, in a hundredth of its size."""

from __future__ import annotations

from pathlib import Path

from harness.render.atomic_files import report_draft
from harness.render.cell_database import cells_database
from harness.render.judged_view import JudgedView


def write_parquet(judged: JudgedView, path: Path) -> None:
    """Write the file whole or not at all. Raises `StorageError`, and `ConfigurationError` without DuckDB."""
    with cells_database([judged]) as database, report_draft(path) as draft:
        # Versions as text: what sorts them here, other programs do not know.
        plain = ", ".join(f"{name}::VARCHAR AS {name}" for name in ("python", "scrapy", "minor"))
        database.sql(f"SELECT * REPLACE ({plain}) FROM cells").write_parquet(str(draft), compression="zstd")
