"""The documentation builds without a warning, and its reference leaves nothing out that the code has."""

from __future__ import annotations

import ast
import html
import json
import re
import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import click
import pytest

import harness
from harness.cli.main import scrapy_compat
from harness.infra import resources
from harness.infra.errors import ExitCode
from harness.infra.process.supervisor import clean_environment, run
from harness.infra.toml import TomlFile
from harness.judge.verdict import Verdict
from harness.matrix.load import load_matrix
from harness.matrix.pin_sets import PinState
from harness.model.ids import CellKey, EnvironmentId
from harness.model.outcome import Close, Outcome
from harness.scenarios.catalogue import load_scenarios
from harness.scenarios.parse import HELPERS, NO_HELPER
from tests.support.commands import subcommands

pytestmark = pytest.mark.slow  # it builds all of the documentation, once

ROOT = Path(__file__).resolve().parents[2]
MATRIX = load_matrix(resources.matrix_file())
SCENARIOS = load_scenarios([resources.scenarios_dir()])
SLUG = re.compile(r"[a-z]+(-[a-z0-9]+)+|[a-z]+(-[a-z]+)*-(\\1|%s)?|(-[a-z]+){2,}")
NO_MECHANISMS = {
    "utf-8",
    "scrapy-compat-",
    "loopback-server",
    *(lane.name for lane in MATRIX.lanes),
    *map(str, Outcome),
}
"""What in the code of cells and of their runner is written like a mechanism and is none."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built documentation."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", ROOT / "docs", folder]
    done = run(command, cwd=ROOT, env=clean_environment({}), deadline=240, cap=100_000)
    assert done.returncode == 0, done.stderr
    return folder


@cache
def page(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def terms(path: Path) -> dict[str, str]:
    """The terms that a page defines, each with the text of its definition."""
    found = re.findall(r"(?s)<dt[^>]*>(.*?)</dt><dd[^>]*>(.*?)</dd>", page(path))
    return {text_of(term): text_of(definition).strip() for term, definition in found}


def code(path: Path) -> set[str]:
    """What a page writes as code."""
    return {text_of(each) for each in re.findall(r"(?s)<code[^>]*>(.*?)</code>", page(path))}


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    for name, each in subcommands(command).items():
        yield from commands(each, f"{path}-{name}")


def test_every_command_has_a_section_with_each_of_its_options_and_an_example(site: Path) -> None:
    text = page(site / "reference" / "commands.html")
    for path, command in commands(scrapy_compat, "scrapy-compat"):
        section = re.search(rf'(?s)<section id="{path}">(.*?)<section ', text + "<section ")
        assert section is not None, path
        if command is not scrapy_compat:
            assert "Example" in section[1], path
        for option in command.params:
            for name in option.opts if isinstance(option, click.Option) else ():
                assert f'id="cmdoption-{path}-{name.lstrip("-")}"' in section[1], f"{path} {name}"


def test_help_texts_come_out_as_they_were_written(site: Path) -> None:
    shown = text_of(page(site / "reference" / "commands.html"))
    assert "shell globs: direct, 'copied_*'." in shown
    assert "scrapy-compat run --plan full --scrapy '>=2.13' --lane 'asyncio-*'" in shown
    assert "Path(" not in shown


@pytest.mark.parametrize(
    ("name", "kind"), [("outcomes", Outcome), ("outcomes", Close), ("pins-toml", PinState), ("exit-codes", ExitCode)]
)
def test_every_word_for_a_result_has_its_sentence(site: Path, name: str, kind: type[Enum]) -> None:
    found = terms(site / "reference" / f"{name}.html")
    assert all(found[str(member.value)] for member in kind)


def test_the_verdicts_are_explained(site: Path) -> None:
    assert {verdict.value for verdict in Verdict} <= set(terms(site / "explanation" / "verdicts.html"))


def test_lanes_profiles_and_plans_are_those_of_the_matrix(site: Path) -> None:
    lanes = terms(site / "reference" / "lanes.html")
    assert {*(lane.name for lane in MATRIX.lanes), *(profile.name for profile in MATRIX.profiles)} == set(lanes)
    assert "ASYNCIO_EVENT_LOOP = 'uvloop.Loop'" in lanes["asyncio-uvloop"]
    assert set(MATRIX.plans) <= set(terms(site / "reference" / "words.html"))
    assert {profile.name for profile in MATRIX.profiles} <= set(terms(site / "explanation" / "environments.html"))


def test_every_scenario_and_helper_is_listed(site: Path) -> None:
    listed = page(site / "reference" / "scenarios.html")
    shown = text_of(listed)
    for name, scenario in SCENARIOS.items():
        assert name in code(site / "reference" / "scenarios.html")
        assert re.sub(r"[`*]", "", scenario.question) in shown
    kinds = {name.partition("_")[0] for name in SCENARIOS}
    assert {f"{kind}_" for kind in kinds} <= code(site / "reference" / "scenarios.html")
    assert {*HELPERS, NO_HELPER} <= code(site / "reference" / "words.html")


def test_every_schema_is_there_with_its_fields_and_to_download(site: Path) -> None:
    shown = code(site / "reference" / "schemas.html")
    files = list(Path(harness.__file__).parent.rglob("*.schema.json"))
    assert {path.name for path in files} >= {"matrix.schema.json", "compat.schema.json", "artifact.schema.json"}
    for path in files:
        schema = json.loads(path.read_text(encoding="utf-8"))
        objects = [schema, *schema.get("$defs", {}).values()]
        assert {name for each in objects for name in each.get("properties", ())} <= shown
        assert path.read_bytes() in [each.read_bytes() for each in (site / "_downloads").rglob(path.name)]


def named_in_code() -> Iterator[tuple[str, str]]:
    """What cells and their runner may give as a mechanism, and where; `*` for a part that is filled in."""
    yield "killed", "harness/runner/classify.py"
    for folder in ("scenarios", "harness/runner"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                value = node.value if isinstance(node, ast.Constant) else None
                if isinstance(value, str) and SLUG.fullmatch(value) and value not in NO_MECHANISMS:
                    slug = re.sub(r"-(\\1|%s)?$", "-*", value)
                    yield f"*{slug}" if slug.startswith("-") else slug, str(path.relative_to(ROOT))


def is_told(slug: str, mechanisms: Iterable[str]) -> bool:
    # One of the two may be a family: `cannot-import-*`, or `*-not-as-asked` for whatever is not as asked.
    return any(fnmatchcase(slug, each) or fnmatchcase(each, slug) for each in mechanisms)


def test_every_mechanism_that_the_code_can_name_has_its_sentence(site: Path) -> None:
    found = terms(site / "reference" / "mechanisms.html")
    named = list(named_in_code())
    assert {"task-got-bad-yield", "cannot-import-*", "end-not-noticed", "never-called"} <= {slug for slug, _ in named}
    assert [(slug, where) for slug, where in named if not is_told(slug, found)] == []
    assert all(found.values())


def test_the_cells_that_are_shown_as_examples_have_names_that_exist() -> None:
    path = ROOT / "docs" / "_extension" / "examples.toml"
    examples = TomlFile.load(path).decode(dict[str, dict[str, str]])
    outcomes, mechanisms = examples["outcome"], examples["mechanism"]
    assert set(outcomes) <= {outcome.value for outcome in Outcome}
    assert {"pass", "fail", "hang", "broken", "uninstallable"} <= set(outcomes)
    for text in [*outcomes.values(), *mechanisms.values()]:
        environment = text.partition("/")[0]
        at = EnvironmentId.parse(environment)
        assert at.python in [python.key for python in MATRIX.pythons]
        assert at.profile in [profile.name for profile in MATRIX.profiles]
        if text != environment:
            key = CellKey.parse(text)
            assert key.lane in [lane.name for lane in MATRIX.lanes]
            assert key.helper in SCENARIOS[key.scenario].info.helpers


def test_no_page_needs_the_network_to_be_read(site: Path) -> None:
    loaded = re.compile(r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="(?:https?:)?//')
    assert [path.name for path in site.rglob("*.html") if loaded.search(path.read_text(encoding="utf-8"))] == []
