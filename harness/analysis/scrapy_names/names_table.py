"""The table of what releases of Scrapy take away or deprecate; `nox -s names` generates it from their packages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

from harness.analysis.scrapy_names.release_names import ReleaseNames

TABLE = Path(__file__).with_name("names.json")


class NameHistory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where something is there; releases by their numbers in the table, as ranges: `0-12 14`."""

    there: str
    called: str = ""
    """Of a member where Scrapy's code names it, if that is more than where the class has it."""
    deprecated: str = ""
    words: str = ""
    """Scrapy's own words on what to use instead, from the last release that has them."""
    now: str = ""
    """Of a name that was only passed on: where it came from in the last release that had it, dotted."""


class OpenModule(msgspec.Struct, frozen=True, kw_only=True):
    """A module from which, in some releases, more can be imported than is written there."""

    releases: str
    written: tuple[str, ...]
    """Names that other releases write there."""
    source: str = ""
    """The module of another package of which all is imported."""


class NamesTable(msgspec.Struct, frozen=True, kw_only=True):
    """What is not the same in all releases."""

    releases: tuple[str, ...]
    """Versions, oldest first."""
    names: dict[str, NameHistory]
    """Modules and what can be imported from them, by dotted path."""
    members: dict[str, dict[str, NameHistory]]
    """Of classes, by the path of the class."""
    arguments: dict[str, dict[str, NameHistory]]
    """By the path of the function, class or method (`path.method`)."""
    settings: dict[str, NameHistory]
    hooks: dict[str, NameHistory]
    """Members that Scrapy asks objects of any class for."""
    aliases: dict[str, str]
    """Other paths of classes and calls, with the path that stands in `members` and `arguments`."""
    open: dict[str, OpenModule]
    """By the dotted name."""

    def releases_of(self, ranges: str) -> frozenset[str]:
        """Return the versions that ranges of numbers stand for."""
        found: set[str] = set()
        for part in ranges.split():
            first, _, last = part.partition("-")
            found.update(self.releases[int(first) : int(last or first) + 1])
        return frozenset(found)

    def name_at(self, path: str) -> tuple[str, NameHistory] | None:
        """Return the shortest beginning of a dotted path that changes, with where it is there and its words."""
        words = path.split(".")
        parts = [".".join(words[:length]) for length in range(2, len(words) + 1)]
        known = [(part, self.names[part]) for part in parts if part in self.names]
        if known:
            part, history = known[0]
            said = next((each.words for _, each in known if each.words), "")
            return part, msgspec.structs.replace(history, words=said, now=known[-1][1].now)
        module, _, last = path.rpartition(".")
        opened = self.open.get(module)
        if opened is not None and last not in opened.written and last.isidentifier():
            return path, NameHistory(there=opened.releases, now=f"{opened.source}.{last}" if opened.source else "")
        return None

    def members_of(self, path: str) -> Mapping[str, NameHistory]:
        """Return what changes of a class, by whichever path it is named."""
        return self.members.get(self.aliases.get(path, path), {})

    def arguments_of(self, path: str) -> Mapping[str, NameHistory]:
        """Return what changes of the arguments of a function, class or method."""
        return self.arguments.get(self.aliases.get(path, path), {})


@cache
def load_names_table() -> NamesTable:
    """Return the table that ships with the harness."""
    return msgspec.json.decode(TABLE.read_bytes(), type=NamesTable)


def make_names_table(releases: Mapping[str, ReleaseNames]) -> NamesTable:
    """Return the table of releases, by version, oldest first."""
    every = list(releases.values())
    names = {}
    for path in _union(release.paths for release in every):
        module = path.rpartition(".")[0]
        history = _history(
            [path in release.paths for release in every],
            words=[release.deprecated.get(path, "") for release in every],
            asked=[module not in release.modules or not release.modules[module].open for release in every],
        )
        if history is not None:
            names[path] = msgspec.structs.replace(history, now=_moved_to(every, path))
    members: dict[str, dict[str, NameHistory]] = {}
    for path in _union(names.classes for names in every):
        found = _members(every, path)
        if found:
            members[path] = found
    arguments: dict[str, dict[str, NameHistory]] = {}
    for path in _union(names.calls for names in every):
        gone = _arguments(every, path)
        if gone:
            arguments[path] = gone
    defined = {path: at for names in every for path, at in names.paths.items() if at != path}
    aliases = {**_folded(members, defined), **_folded(arguments, defined)}
    return NamesTable(
        releases=tuple(releases),
        names={path: each for path, each in names.items() if not _said_by_parent(path, each, names)},
        members=members,
        arguments=arguments,
        settings=_settings(every),
        hooks=_hooks(every),
        aliases=aliases,
        open=_open_modules(every),
    )


def _moved_to(every: Sequence[ReleaseNames], path: str) -> str:
    """Return what a name stood for in the last release that had it, if that is elsewhere and still there."""
    defined = next(release.paths[path] for release in reversed(every) if path in release.paths)
    beyond = not defined.startswith("scrapy.")
    return defined if defined != path and (beyond or defined in every[-1].paths) else ""


def _history(
    there: Sequence[bool],
    *,
    words: Sequence[str],
    asked: Sequence[bool] | None = None,
    called: Sequence[bool] | None = None,
) -> NameHistory | None:
    """Return where something is, or None where no release takes it away or deprecates it; one value a release.

    `asked`: whether its absence says something there. `called`: whether Scrapy's code names it.
    """
    first = there.index(True) if True in there else len(there)
    asks = asked or [True] * len(there)
    taken = any(asks[at] and not there[at] for at in range(first, len(there)))
    said = [text if here else "" for text, here in zip(words, there, strict=True)]
    if not taken and not any(said):
        return None
    counted = [here or not asks[at] for at, here in enumerate(there)] if taken else there
    named = [here or (called is not None and called[at]) for at, here in enumerate(counted)]
    return NameHistory(
        there=_ranges(counted),
        called=_ranges(named) if named != counted else "",
        deprecated=_ranges(map(bool, said)),
        words=next((text for text in reversed(said) if text), ""),
    )


def _members(every: Sequence[ReleaseNames], path: str) -> dict[str, NameHistory]:
    classes = [release.classes.get(path) for release in every]
    asked = [each is not None and not each.open for each in classes]
    found = {}
    for member in _union(each.members for each in classes if each is not None):
        if member.startswith("__"):
            continue
        history = _history(
            [each is not None and member in each.members for each in classes],
            words=[release.deprecated.get(f"{path}.{member}", "") for release in every],
            asked=asked,
            called=[member in release.mentions for release in every],
        )
        if history is not None:
            found[member] = history
    return found


def _arguments(every: Sequence[ReleaseNames], path: str) -> dict[str, NameHistory]:
    calls = [release.calls.get(path) for release in every]
    found = {}
    for argument in _union(each for each in calls if each is not None):
        history = _history(
            [each is not None and argument in each for each in calls],
            words=[""] * len(every),
            asked=[each is not None for each in calls],
        )
        if history is not None:
            found[argument] = history
    return found


def _settings(every: Sequence[ReleaseNames]) -> dict[str, NameHistory]:
    histories = {
        setting: _history(
            [setting in release.settings for release in every],
            words=[release.deprecated_settings.get(setting, "") for release in every],
        )
        for setting in _union(release.settings for release in every)
    }
    return {setting: history for setting, history in histories.items() if history is not None}


def _hooks(every: Sequence[ReleaseNames]) -> dict[str, NameHistory]:
    histories = {
        hook: _history(
            [hook in release.mentions for release in every], words=[release.words_about(hook) for release in every]
        )
        for hook in _union(release.hooks for release in every)
    }
    return {hook: history for hook, history in histories.items() if history is not None}


def _open_modules(every: Sequence[ReleaseNames]) -> dict[str, OpenModule]:
    found = {}
    for module in _union(release.modules for release in every):
        written = [release.modules.get(module) for release in every]
        opened = [names is not None and names.open for names in written]
        if any(opened):
            closed = [names.bound for names in written if names is not None and not names.open]
            stars = [star for names in written if names is not None for star in names.stars
                     if not star.startswith("scrapy")]  # fmt: skip
            found[module] = OpenModule(
                releases=_ranges(opened), written=tuple(_union(closed)), source=stars[-1] if stars else ""
            )
    return found


def _union(some: Iterable[Iterable[str]]) -> list[str]:
    return sorted({name for names in some for name in names})


def _folded(tables: dict[str, dict[str, NameHistory]], defined: Mapping[str, str]) -> dict[str, str]:
    """Take out of `tables` what another path says as well, and return those paths with the one that stays."""
    aliases = {}
    for path in list(tables):
        owner, _, method = path.rpartition(".")
        at = defined.get(path) or (f"{defined[owner]}.{method}" if owner in defined else "")
        if at in tables and tables[at] == tables[path]:
            aliases[path] = at
            del tables[path]
    return aliases


def _said_by_parent(path: str, history: NameHistory, names: Mapping[str, NameHistory]) -> bool:
    """Return whether a module, in which a name is, is there in the same releases and says no less."""
    parent = path.rpartition(".")[0]
    above = names.get(parent)
    said = not history.words or bool(above and above.words)
    return above is not None and above.there == history.there and said and not history.now


def _ranges(flags: Iterable[bool]) -> str:
    """Return the numbers of the flags that are set, as `0-12 14`."""
    parts: list[list[int]] = []
    for number, flag in enumerate(flags):
        if flag and parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        elif flag:
            parts.append([number, number])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)
