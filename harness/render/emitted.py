"""What `try --emit` writes for a target's own repository: a CI matrix, the text of an issue, a table for its README.

Pure functions of what was measured; each text says which run it is from, and how to write it again.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from harness.infra.errors import ConfigurationError
from harness.infra.text import one_line, plural
from harness.render.rerun_command import run_again
from harness.targets.ci_matrix import CiEnvironment
from harness.targets.target_answer import CAUSES, TargetAnswer
from harness.targets.target_causes import TriedCause
from harness.targets.tried_target import TriedTarget

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
SETUP_PYTHON = "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0"
"""The actions, by commit; those of this repository's own workflows."""


def emitted(kind: str, tried: TriedTarget, answer: TargetAnswer) -> str:
    """Return the text of a kind of `KINDS`.

    `ConfigurationError` for what runs the tests of a package, where the target is a Scrapy project.
    """
    if tried.read.declared.project is not None and kind in _FOR_PACKAGES:
        raise ConfigurationError(
            value=f"--emit {kind}",
            cause="writes what runs the tests of a package, and this is a Scrapy project",
            action="write issue or readme, or leave it out",
        )
    return "\n".join(KINDS[kind](tried, answer)) + "\n"


def _origin(tried: TriedTarget) -> str:
    built = tried.built
    return f"Measured with {built.told}, {tried.read.snapshot.revision}, run {tried.run_id}"


def _told(each: CiEnvironment) -> str:
    return f"fails today: {one_line('; '.join(each.catches))}" if each.catches else "passes"


def _heading(tried: TriedTarget, answer: TargetAnswer, kind: str) -> Iterator[str]:
    yield f"# Written by `scrapy-compat try --emit {kind}`. {_origin(tried)}."
    yield "# As few environments as catch every cause that was found, with the oldest and the newest that pass:"
    for each in answer.ci.environments:
        yield f"#   Python {each.python}, Scrapy {each.scrapy}: {_told(each)}"
    for cause in answer.ci.uncaught:
        yield f"#   in none of them: {one_line(cause)}; `scrapy-compat try` shows it"


def _itself(tried: TriedTarget) -> str:
    """Return the requirement of the target in its own folder, with the extras with which it was measured."""
    extras = tried.read.settings.extras
    return f".[{','.join(extras)}]" if extras else "."


def _factor(each: CiEnvironment) -> str:
    return "scrapy" + each.scrapy.replace(".", "")


def _tox(tried: TriedTarget, answer: TargetAnswer) -> Iterator[str]:
    declared, environments = tried.read.declared, answer.ci.environments
    yield from _heading(tried, answer, "tox")
    yield "[tox]"
    yield "env_list ="
    yield from (f"    py{each.python.replace('.', '')}-{_factor(each)}" for each in environments)
    yield ""
    yield "[testenv]"
    yield "deps ="
    for factor, scrapy in dict.fromkeys((_factor(each), each.scrapy) for each in environments):
        yield f"    {factor}: scrapy=={scrapy}"
    yield from (f"    {requirement}" for requirement in declared.test_requirements)
    if tried.read.settings.extras:
        yield "extras ="
        yield from (f"    {extra}" for extra in tried.read.settings.extras)
    if declared.environment:
        yield "set_env ="
        yield from (f"    {name} = {text}" for name, text in declared.environment.items())
    yield f"commands = {shlex.join(['python', '-m', 'pytest', *declared.arguments])} {{posargs}}"


def _nox(tried: TriedTarget, answer: TargetAnswer) -> Iterator[str]:
    declared = tried.read.declared
    yield from _heading(tried, answer, "nox")
    yield "import nox"
    yield ""
    yield "ENVIRONMENTS = ["
    yield from (f"    ({each.python!r}, {each.scrapy!r})," for each in answer.ci.environments)
    yield "]"
    yield ""
    yield ""
    yield "@nox.session"
    yield '@nox.parametrize(["python", "scrapy"], ENVIRONMENTS)'
    yield "def compat(session, scrapy):"
    installed = [_itself(tried), *declared.test_requirements]
    yield f'    session.install({", ".join(map(repr, installed))}, f"scrapy=={{scrapy}}")'
    given = ["python", "-m", "pytest", *declared.arguments]
    environment = f", env={dict(declared.environment)!r}" if declared.environment else ""
    yield f"    session.run({', '.join(map(repr, given))}, *session.posargs{environment})"


def _github(tried: TriedTarget, answer: TargetAnswer) -> Iterator[str]:
    declared = tried.read.declared
    yield from _heading(tried, answer, "github")
    yield "name: compat"
    yield "on: [push, pull_request]"
    yield "permissions: {contents: read}"
    yield "jobs:"
    yield "  compat:"
    yield "    name: Python ${{ matrix.python }}, Scrapy ${{ matrix.scrapy }}"
    yield "    runs-on: ubuntu-latest"
    yield "    strategy:"
    yield "      fail-fast: false"
    yield "      matrix:"
    yield "        include:"
    for each in answer.ci.environments:
        yield f"          - {{python: {json.dumps(each.python)}, scrapy: {json.dumps(each.scrapy)}}} # {_told(each)}"
    if declared.environment:
        yield "    env:"
        yield from (f"      {json.dumps(name)}: {json.dumps(text)}" for name, text in declared.environment.items())
    yield "    steps:"
    yield f"      - uses: {CHECKOUT}"
    yield "        with: {persist-credentials: false}"
    yield f"      - uses: {SETUP_PYTHON}"
    yield '        with: {python-version: "${{ matrix.python }}"}'
    install = shlex.join(["python", "-m", "pip", "install", _itself(tried), *declared.test_requirements])
    pinned = f'{install} scrapy=="$SCRAPY"'
    yield f"      - run: {json.dumps(pinned)}"
    yield '        env: {SCRAPY: "${{ matrix.scrapy }}"}'
    yield f"      - run: {json.dumps(shlex.join(['python', '-m', 'pytest', *declared.arguments]))}"


def _issue(tried: TriedTarget, answer: TargetAnswer) -> Iterator[str]:
    yield f"# {_sentence(tried, answer)}"
    yield ""
    yield f"{_origin(tried)}; of {answer.asked}."
    for number, cause in enumerate(answer.causes[:CAUSES], start=1):
        yield ""
        yield f"## {number}. {cause.outcome.value}: {one_line(cause.mechanism)}"
        yield ""
        yield from _cause(tried, cause)
    if len(answer.causes) > CAUSES:
        yield ""
        yield f"{len(answer.causes) - CAUSES} more causes are in `scrapy-compat try --json`."


def _cause(tried: TriedTarget, cause: TriedCause) -> Iterator[str]:
    lowest = f", profile {cause.profiles[0]}" if len(cause.profiles) == 1 else ""
    yield (f"In {plural(cause.cells, 'cell')}: Scrapy {cause.scrapy}, Python {cause.python}{lowest}; "
           f"{', '.join(cause.lanes)}.")  # fmt: skip
    yield ""
    yield from _fenced(cause.detail)
    if cause.test is not None:
        yield ""
        yield f"{'A spider' if tried.read.declared.project is not None else 'The shortest test'} that fails, and where:"
        yield ""
        yield from _fenced(f"{cause.test}\n{cause.place or ''}".rstrip())
    yield ""
    yield "Run it again:"
    yield ""
    yield from _fenced(run_again(tried.read.command, cause.example))


def _fenced(text: str) -> Iterator[str]:
    """Yield a block of code, whatever stands in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    yield fence
    yield from map(one_line, text.splitlines())
    yield fence


def _sentence(tried: TriedTarget, answer: TargetAnswer) -> str:
    name = tried.built.told
    if not answer.causes:
        return f"{name} works with Scrapy {answer.works} on Python {answer.pythons}"
    first = answer.causes[0]
    works = f"works with Scrapy {answer.works}" if answer.works else "works with no release of Scrapy that was asked"
    return f"{name} {works}; {first.outcome.value} with {first.scrapy}: {one_line(first.mechanism)}"


def _readme(tried: TriedTarget, answer: TargetAnswer) -> Iterator[str]:
    works = answer.works or "none"
    colour = "brightgreen" if answer.works else "red"
    label, message = (quote(text.replace("-", "--").replace("_", "__"), safe="") for text in ("Scrapy", works))
    yield f"![Scrapy {works}](https://img.shields.io/badge/{label}-{message}-{colour})"
    yield ""
    lanes = list(answer.table[0].lanes) if answer.table else []
    yield f"| Scrapy | {' | '.join(lanes)} |"
    yield f"|---|{'---|' * len(lanes)}"
    for row in answer.table:
        told = ("-" if each is None else f"{each.symbol} {each.value}" for each in row.lanes.values())
        yield f"| {row.scrapy} | {' | '.join(told)} |"
    yield ""
    yield f"The worst of {answer.asked}. {_origin(tried)}."


_FOR_PACKAGES = frozenset({"tox", "nox", "github"})
KINDS: Mapping[str, Callable[[TriedTarget, TargetAnswer], Iterator[str]]] = {
    "tox": _tox,
    "nox": _nox,
    "github": _github,
    "issue": _issue,
    "readme": _readme,
}
"""What can be written, by the name that `--emit` takes."""
