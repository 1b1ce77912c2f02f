"""The table of Scrapy's names, generated from the releases' own packages.

    nox -s names

writes it anew: each release of `matrix.toml` is unpacked from the package index, parsed, and never imported.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import msgspec

from harness.analysis.scrapy_names.names_table import TABLE, NamesTable, make_names_table
from harness.analysis.scrapy_names.release_names import ReleaseNames
from harness.infra.errors import ToolError
from harness.infra.packages.uv import explain, run_uv
from harness.infra.resources import matrix_file
from harness.matrix.load import load_matrix


def unpacked_release(version: str, folder: Path) -> ReleaseNames:
    """Return the names of a release of Scrapy, whose package is unpacked into `folder`.

    Raises `ToolError` where the package cannot be had.
    """
    arguments = ["pip", "install", "--no-deps", "--only-binary", ":all:", "--python", sys.executable]
    done = run_uv([*arguments, "--target", str(folder), f"scrapy=={version}"], cwd=folder.parent, deadline=300)
    if done.returncode:
        raise ToolError(
            value=f"Scrapy {version}", cause=explain(done).reason, action="see that the index can be reached"
        )
    return ReleaseNames.read(folder)


def table_text(table: NamesTable) -> str:
    """Return the table as the file has it."""
    return msgspec.json.format(msgspec.json.encode(table), indent=1).decode() + "\n"


def main() -> None:
    """Write the table."""
    names = {}
    with tempfile.TemporaryDirectory() as scratch:
        for release in load_matrix(matrix_file()).scrapys:
            version = str(release.version)
            print(f"reading Scrapy {version}", flush=True)
            names[version] = unpacked_release(version, Path(scratch, version))
    TABLE.write_text(table_text(make_names_table(names)), encoding="utf-8")


if __name__ == "__main__":
    main()
