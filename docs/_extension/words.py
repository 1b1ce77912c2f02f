"""The words of the code, as Markdown: outcomes, mechanisms, lanes, scenarios, exit codes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from fnmatch import fnmatchcase
from functools import cache
from itertools import groupby
from pathlib import Path

from sphinx.pycode import ModuleAnalyzer

from harness.infra import resources
from harness.infra.errors import ExitCode
from harness.matrix.axes import Lane
from harness.matrix.load import load_matrix
from harness.matrix.pin_sets import PinState
from harness.matrix.spec import MatrixSpec
from harness.model.outcome import Close, Outcome
from harness.render.mechanisms import MECHANISMS, explained
from harness.scenarios.catalogue import load_scenarios

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXAMPLES = Path(__file__).parent / "examples.toml"
"""Cells of a real run that show outcomes and mechanisms; written by `examples.py` beside it."""
FAMILIES = {
    "cannot-import-*": "cannot-import-_safe_chars",
    "exit-*": "exit-3",
    "suite-exit-*": "suite-exit-4",
    "import-failed-*": "import-failed-your_plugin",
    "no-attribute-*": "no-attribute-_handleSignals",
    "no-module-*": "no-module-pkg_resources",
    "raised-*": "raised-type-error",
    "signal-*": "signal-SIGSEGV",
    "unexpected-argument-*": "unexpected-argument-spider",
}
"""Mechanisms that end with a name, and one of each for where no example shows any."""


def outcomes() -> str:
    """Every outcome with its sentence and a cell that has it."""
    found = _examples()["outcome"]
    return _definitions((each.value, each.sentence, _matching(each.value, found)) for each in Outcome)


def closes() -> str:
    """Every way in which a crawl ends beside the await."""
    return _definitions((each.value, text, []) for each, text in _documented(Close))


def exit_codes() -> str:
    """Every exit code of the command."""
    return _definitions((str(each.value), text, []) for each, text in _documented(ExitCode))


def pin_states() -> str:
    """What comes of a search for pins."""
    return _definitions((str(each.value), text, []) for each, text in _documented(PinState))


def mechanisms() -> str:
    """Every mechanism that the code can name, with its sentence and a cell that shows it."""
    found = _examples()["mechanism"]
    entries = [(slug, text, _matching(slug, found)) for slug, text in MECHANISMS.items()]
    for family, slug in FAMILIES.items():
        shown = next((each for each in found if fnmatchcase(each, family)), slug)
        entries.append((family, f"Such as `{shown}`: {explained(shown)}", _matching(shown, found)))
    return _definitions(sorted(entries))


def lanes() -> str:
    """Every lane of the matrix: where there is one, what it needs, and what a user writes to have it."""
    parts = []
    for lane in _matrix().lanes:
        told = [f"On {', '.join(lane.platforms)}", *_needs(lane)]
        settings = "".join(f"  {key} = {value!r}\n" for key, value in lane.settings.items())
        parts.append(f"`{lane.name}`\n: {'; '.join(told)}.\n\n  ```python\n{settings}  ```\n")
    return "\n".join(parts)


def _needs(lane: Lane) -> Iterator[str]:
    yield from (f"with Scrapy {limit.scrapy.text}" for limit in lane.limits)
    yield from (f"with the package `{requirement}`" for requirement in lane.overlays)
    yield from (f"with the package `{each.requirement}` where Scrapy is {each.scrapy.text}" for each in lane.additions)


def profiles() -> str:
    """Every profile of the matrix."""
    return _definitions((each.name, f"{each.description}.", []) for each in _matrix().profiles)


def plans() -> str:
    """Every plan of the matrix."""
    return _definitions((name, f"{plan.description}.", []) for name, plan in _matrix().plans.items())


def scenarios() -> str:
    """Every built-in scenario with its question, by what its name begins with."""
    found = load_scenarios([resources.scenarios_dir()])
    lines = []
    for kind, names in groupby(sorted(found), key=lambda name: name.partition("_")[0]):
        lines += [f"## `{kind}_*`\n", "| scenario | asks | kind |", "|---|---|---|"]
        lines += [f"| `{name}` | {found[name].question} | {found[name].info.kind} |" for name in names]
        lines.append("")
    return "\n".join(lines)


@cache
def _matrix() -> MatrixSpec:
    return load_matrix(resources.matrix_file())


@cache
def _examples() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))


def _documented(kind: type[Enum]) -> list[tuple[Enum, str]]:
    """The members of an enumeration with the docstring below each; `KeyError` for one that has none."""
    analyzer = ModuleAnalyzer.for_module(kind.__module__)
    analyzer.analyze()
    documents = analyzer.attr_docs
    return [(each, " ".join(documents[kind.__name__, each.name]).strip()) for each in kind]


def _definitions(entries: Iterable[tuple[str, str, list[str]]]) -> str:
    parts = []
    for name, text, examples in entries:
        shown = "".join(f"\n\n  {_example(cell)}" for cell in examples)
        parts.append(f"`{name}`\n: {text}{shown}\n")
    return "\n".join(parts)


def _example(cell: str) -> str:
    return f"for example `{cell}`"


def _matching(slug: str, found: Mapping[str, str]) -> list[str]:
    return [found[slug]] if slug in found else []
