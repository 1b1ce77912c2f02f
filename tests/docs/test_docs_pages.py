"""What README, the guide for contributors and the documentation say of files, commands and plans is so."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

import click
import pytest

from harness.cli.main import scrapy_compat
from harness.infra import resources
from harness.infra.process.supervisor import clean_environment, run
from harness.matrix.load import load_matrix
from tests.support.commands import subcommands

ROOT = Path(__file__).resolve().parents[2]
MATRIX = load_matrix(resources.matrix_file())
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_guide_for_contributors_names_every_folder() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = "".join(line for line in guide.splitlines() if line.startswith("| `"))
    named = {each.rstrip("/").rpartition("/")[2] for each in re.findall(r"`([^`]+/)`", table)}
    listed = run(
        ["git", "ls-files"], cwd=ROOT, env=clean_environment({}), deadline=60, cap=4_000_000
    ).stdout.splitlines()
    tracked = [Path(line).parts for line in listed]
    folders = {parts[0] for parts in tracked if len(parts) > 1 and not parts[0].startswith(".")}
    assert "tests" in folders
    assert folders - named == set()


def test_what_the_full_plan_leaves_out_is_told() -> None:
    core, *others = (rule for rule in MATRIX.plans["full"].rules if not rule.platforms)
    assert core.core and not core.lanes
    profiles = {name for rule in others for name in rule.profiles}
    assert {profile.name for profile in MATRIX.profiles} - profiles == {"pinned"}
    asked = {lane for rule in others for lane in rule.lanes}
    left_out = [lane for lane in MATRIX.lanes_of("linux") if lane.name not in asked]
    page = "docs/explanation/not-measured.md"
    told = set(re.findall(r"`([\w-]+)`", paragraph_of_the_full_plan(page)))
    told |= {"rloop"} if "rloop" in paragraph_of_the_full_plan(page) else set()
    assert {"rloop" if lane.loop == "rloop" else lane.name for lane in left_out} <= told
    assert f"]({page})" in paragraph_of_the_full_plan("README.md")


def paragraph_of_the_full_plan(path: str) -> str:
    found = re.search(r"(?si)the full plan (?:asks|runs).*?\n(?:\n|- )", (ROOT / path).read_text(encoding="utf-8"))
    assert found is not None
    return found[0]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_to_files(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (path.parent / link).exists()] == []


def written_commands(path: Path) -> Iterator[list[str]]:
    """The command lines of `scrapy-compat` in the examples of a page, without what the shell does with them."""
    for block in re.findall(r"(?ms)^ *```(?:sh|console)\n(.*?)^ *```$", path.read_text(encoding="utf-8")):
        rest = block.replace("\\\n", " ")
        while (found := re.search(r"(?m)^\s*(?:\$ )?(?:\.venv/bin/)?scrapy-compat ", rest)) is not None:
            line, rest = first_line(rest[found.end() :])
            yield list(takewhile(lambda word: word not in {"&&", "|", ">", ">>"}, line))


def first_line(text: str) -> tuple[list[str], str]:
    """The words of the first line, which what is quoted may make a longer one, and what comes after it."""
    lines = text.splitlines(keepends=True)
    for end in range(1, len(lines) + 1):
        with suppress(ValueError):  # a quotation that is still open
            return shlex.split("".join(lines[:end]), comments=True), "".join(lines[end:])
    raise AssertionError(f"not a command: {text}")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_commands_in_examples_have_the_options_that_they_are_written_with(path: Path) -> None:
    for words in written_commands(path):
        command: click.Command = scrapy_compat
        while words[0] in subcommands(command):
            command = subcommands(command)[words.pop(0)]
        context = click.Context(command)
        _, rest, _ = command.make_parser(context).parse_args(list(words))
        assert rest == [], words


def test_examples_with_commands_are_found() -> None:
    assert len([words for path in PAGES for words in written_commands(path)]) > 30
