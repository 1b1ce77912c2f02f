"""What `advise --have` finds in public releases, against `public_findings.csv`, where each finding was judged by hand.

Right is a finding whose line is such a use, and where what the answer says of helpers, reactors and releases is true.
Missed is a line with a Deferred that is awaited, returned or yielded, where it says nothing, or "not known": calls
of a function of the project that gives a Deferred count where awaited, or where it wraps `deferred_from_coro()`.
What a release takes away is right where the name is there before, as the import shows, and not from that release on.
Folders of tests, documentation and examples are not read. The table pins releases; it holds none of their code.
"""

from __future__ import annotations

import csv
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.analysis.advice.source_changes import ChangeSearch, SourceChange
from harness.analysis.advice.source_check import CheckedSource, SourceCheck
from harness.analysis.advice.source_names import read_files
from harness.analysis.scrapy_names.names_table import load_names_table
from harness.infra.packages.index import configured_index, fetch_source
from harness.infra.python_source import parse_python

TABLE = Path(__file__).with_name("public_findings.csv")
NOT_READ = {"tests", "docs", "examples", "templates"}
RELEASES = 10
PRECISION = 0.95


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def findings(checked: CheckedSource) -> Iterator[tuple[int, str]]:
    for use in checked.uses:
        yield use.line, " or ".join([use.helper, *(each.partition(" of ")[0] for each in use.fallbacks)])
    for line, needs in checked.without_helper:
        yield line, f"no helper, {needs or 'nothing'} needed"
    for need in checked.needs:
        yield need.line, "import of the reactor" if need.asyncio_line is None else "drives asyncio"
    for line, name in checked.unread:
        yield line, f"not decided: {name}"


def changes(found: list[SourceChange]) -> Iterator[tuple[int, str]]:
    # Two names of a module that is gone read alike.
    for each in found:
        name = f"{each.kind} {each.owner}.{each.what}"
        yield each.line, f"{name} gone from {each.gone[0]}" if each.gone else f"{name} deprecated"


def found_in(folder: Path) -> list[tuple[str, int, str]]:
    paths = [path for path in sorted(folder.rglob("*.py")) if not NOT_READ & set(path.relative_to(folder).parts)]
    sources = {path.relative_to(folder): path.read_text(encoding="utf-8-sig") for path in paths}
    checked = SourceCheck([], name=None).check(sources)
    trees = {path: parse_python(source, str(path)) for path, source in sources.items()}
    table = load_names_table()
    taken = ChangeSearch(table, table.releases, {}).search(read_files(trees), trees)
    return [(path.as_posix(), *each) for path, source in checked.items()
            for each in sorted((*findings(source), *dict.fromkeys(changes(taken[path]))))]  # fmt: skip


def test_the_table_holds_enough_releases_and_nearly_all_that_was_found_is_right() -> None:
    judged = rows()
    assert {row["verdict"] for row in judged} == {"right", "wrong", "missed"}
    found = [row for row in judged if row["verdict"] != "missed"]
    right = [row for row in found if row["verdict"] == "right"]
    assert len({(row["project"], row["version"]) for row in found}) >= RELEASES
    assert len(right) / len(found) >= PRECISION
    assert all(row["why"] for row in judged if row["verdict"] != "right")


@pytest.mark.index
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize(("project", "version"), sorted({(row["project"], row["version"]) for row in rows()}))
def test_what_is_found_in_a_release_is_what_was_judged(project: str, version: str, tmp_path: Path) -> None:
    archive = fetch_source(project, version, configured_index(), tmp_path)
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path / "source", filter="data")
    (folder,) = (tmp_path / "source").iterdir()
    judged = [(row["file"], int(row["line"]), row["finding"]) for row in rows()
              if (row["project"], row["version"]) == (project, version) and row["verdict"] != "missed"]  # fmt: skip
    assert sorted(found_in(folder)) == sorted(judged)
