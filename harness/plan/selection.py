"""The filters `--platform --python --scrapy --profile --lane --scenario --helper --cell`, the same in every command.

Filters of different kinds must all hold; of one kind, any. A list is written by repetition or with commas.

- Python and Scrapy: versions as in `harness.matrix.versions`. Neighbouring comparisons are one range: `>=2.4,<2.9`;
  bare versions stand alone: `3.10,3.12`, each for all that begin with it: `3` is 3.6 as well as 3.15. Versions and
  ranges select CPython; PyPy is selected by name, `pypy3.11` or `pypy*`. A direct reference to Scrapy counts as the
  version it declares, and is also selected by name.
- Everything else: shell globs. `*` in `--cell` runs across `/`.
- A whole cell id selects just that cell, whatever the plan and the other filters say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase, translate
from functools import lru_cache

from packaging.version import InvalidVersion, Version

from harness.infra.errors import ConfigurationError
from harness.infra.platforms import PLATFORMS
from harness.infra.toml_errors import suggestion
from harness.matrix.spec import MatrixSpec
from harness.matrix.versions import VersionPattern, any_matches, parse_patterns
from harness.model.ids import CellKey, EnvironmentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names that filters can select from."""

    platforms: tuple[str, ...]
    pythons: Mapping[str, Version | None]
    """What ranges compare with, by key; None for what is selected by name alone."""
    scrapys: Mapping[str, Version | None]
    profiles: tuple[str, ...]
    lanes: tuple[str, ...]
    scenarios: tuple[str, ...]
    helpers: tuple[str, ...]
    stand_ins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By platform those that are like it, and say something of it where itself was not measured."""

    @classmethod
    def of_matrix(cls, spec: MatrixSpec, scenarios: Iterable[str], helpers: Iterable[str]) -> Vocabulary:
        """What a matrix holds, for commands that plan."""
        return cls(
            platforms=PLATFORMS,
            pythons={python.key: python.version for python in spec.pythons},
            scrapys={scrapy.label: scrapy.version for scrapy in spec.scrapys},
            profiles=tuple(profile.name for profile in spec.profiles),
            lanes=tuple(lane.name for lane in spec.lanes),
            scenarios=tuple(scenarios),
            helpers=tuple(helpers),
            stand_ins={
                like: tuple(name for name, each in spec.platforms.items() if each.like == like)
                for like in dict.fromkeys(each.like for each in spec.platforms.values())
            },
        )

    @classmethod
    def of_cells(cls, keys: Iterable[CellKey]) -> Vocabulary:
        """What stored cells hold, for commands that only read; `ValueError` for a key that is none."""
        environments: dict[str, EnvironmentId] = {}
        lanes: dict[str, None] = {}
        scenarios: dict[str, None] = {}
        helpers: dict[str, None] = {}
        for key in keys:
            if key.environment not in environments:
                environments[key.environment] = EnvironmentId.parse(key.environment)
            lanes[key.lane], scenarios[key.scenario], helpers[key.helper] = None, None, None
        found = environments.values()
        return cls(
            platforms=tuple(dict.fromkeys(environment.platform for environment in found)),
            pythons={environment.python: _version(environment.python) for environment in found},
            scrapys={environment.scrapy: _version(environment.scrapy) for environment in found},
            profiles=tuple(dict.fromkeys(environment.profile for environment in found)),
            lanes=tuple(lanes),
            scenarios=tuple(scenarios),
            helpers=tuple(helpers),
        )


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Filters over cells; what is empty does not filter. Made with `Selection.parse`."""

    platforms: tuple[str, ...] = ()
    pythons: tuple[VersionPattern, ...] = ()
    scrapys: tuple[VersionPattern, ...] = ()
    profiles: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    """Shell globs over whole ids."""
    exact: tuple[CellKey, ...] = ()
    """Cells asked for by their whole id."""
    versions: Mapping[str, Version | None] = field(default_factory=dict)
    """What Scrapy ranges compare with, by label, where the label itself is no version."""

    @classmethod
    def parse(
        cls,
        known: Vocabulary,
        *,
        platform: Sequence[str] = (),
        python: Sequence[str] = (),
        scrapy: Sequence[str] = (),
        profile: Sequence[str] = (),
        lane: Sequence[str] = (),
        scenario: Sequence[str] = (),
        helper: Sequence[str] = (),
        cell: Sequence[str] = (),
    ) -> Selection:
        """The selection that options describe; `ConfigurationError` names the option, the value and what is right."""
        cells = _split(cell)
        exact = tuple(_exact(text, known) for text in cells if not _is_glob(text))
        return cls(
            platforms=_globs("--platform", platform, known.platforms),
            pythons=_patterns("--python", python, known.pythons),
            scrapys=_patterns("--scrapy", scrapy, known.scrapys),
            profiles=_globs("--profile", profile, known.profiles),
            lanes=_globs("--lane", lane, known.lanes),
            scenarios=_globs("--scenario", scenario, known.scenarios),
            helpers=_globs("--helper", helper, known.helpers),
            cells=tuple(text for text in cells if _is_glob(text)),
            exact=exact,
            versions=known.scrapys,
        )

    @property
    def only_exact(self) -> bool:
        """Whether nothing but whole cell ids is asked for."""
        return bool(self.exact) and not self.cells

    def selects_environment(self, environment: EnvironmentId) -> bool:
        """Whether the filters on platform, Python, Scrapy and profile let an environment through."""
        return (
            selects(self.platforms, environment.platform)
            and any_matches(self.pythons, environment.python, _version(environment.python))
            and any_matches(self.scrapys, environment.scrapy, self._scrapy_version(environment.scrapy))
            and selects(self.profiles, environment.profile)
        )

    def selects_lane(self, lane: str) -> bool:
        """Whether the filter on lanes lets one through."""
        return selects(self.lanes, lane)

    def selects_question(self, scenario: str, helper: str) -> bool:
        """Whether the filters on scenarios and helpers let a pair through."""
        return selects(self.scenarios, scenario) and selects(self.helpers, helper)

    def selects_id(self, cell: str) -> bool:
        """Whether the globs of `--cell` let a cell id through."""
        return not self.cells or _regex(self.cells).match(cell) is not None

    def matches(self, key: CellKey) -> bool:
        """Whether a cell is selected; `ValueError` if its environment is not named as one."""
        if key in self.exact:
            return True
        return (
            not self.only_exact
            and self.selects_lane(key.lane)
            and self.selects_question(key.scenario, key.helper)
            and self.selects_id(key.id)
            and self.selects_environment(EnvironmentId.parse(key.environment))
        )

    def _scrapy_version(self, label: str) -> Version | None:
        return self.versions.get(label) or _version(label)


def selects(globs: tuple[str, ...], name: str) -> bool:
    """Whether one of `globs` matches `name`, or there are none: no filter selects everything."""
    return not globs or any(fnmatchcase(name, glob) for glob in globs)


@lru_cache(maxsize=8)
def _regex(globs: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all globs: a plan has hundreds of thousands of ids to try."""
    return re.compile("|".join(translate(glob) for glob in globs))


def _is_glob(text: str) -> bool:
    return any(character in text for character in "*?[")


def _split(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(part.strip() for text in texts for part in text.split(",") if part.strip()))


def _globs(option: str, texts: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    globs = _split(texts)
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in known):
            raise ConfigurationError(value=f"{option} {glob}", cause="matches nothing", action=suggestion(glob, known))
    return tuple(globs)


def _patterns(option: str, texts: Sequence[str], known: Mapping[str, Version | None]) -> tuple[VersionPattern, ...]:
    try:
        patterns = parse_patterns(texts)
    except ValueError as error:
        raise ConfigurationError(
            value=f"{option} {' '.join(texts)}", cause=str(error), action="write 2.13, '>=2.11' or '>=2.4,<2.9'"
        ) from None
    for pattern in patterns:
        if not any(pattern.matches(name, version) for name, version in known.items()):
            raise ConfigurationError(
                value=f"{option} {pattern.text}", cause="matches nothing", action=f"choose from {', '.join(known)}"
            )
    return patterns


def _exact(text: str, known: Vocabulary) -> CellKey:
    try:
        key = CellKey.parse(text)
        environment = EnvironmentId.parse(key.environment)
    except ValueError as error:
        raise ConfigurationError(
            value=f"--cell {text}", cause=str(error), action="write a whole id, or a glob such as '*/epoll/*'"
        ) from None
    parts: tuple[tuple[str, str, Collection[str]], ...] = (
        ("platform", environment.platform, known.platforms),
        ("Python", environment.python, known.pythons),
        ("Scrapy", environment.scrapy, known.scrapys),
        ("profile", environment.profile, known.profiles),
        ("lane", key.lane, known.lanes),
        ("scenario", key.scenario, known.scenarios),
        ("helper", key.helper, known.helpers),
    )
    for what, name, names in parts:
        if name not in names:
            raise ConfigurationError(
                value=f"--cell {text}", cause=f"there is no {what} {name!r}", action=suggestion(name, names)
            )
    return key
