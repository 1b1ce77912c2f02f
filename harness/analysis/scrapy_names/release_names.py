"""What one release of Scrapy has: the names of its modules put together, with what classes inherit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.analysis.scrapy_names.module_names import ModuleNames, NamedClass, read_module
from harness.infra.python_source import parse_python

_SETTING = re.compile(r"\b[A-Z][A-Z_]{3,}\b")
_QUOTED = r"[`'\"]?[A-Z_]{4,}[`'\"]?"
_SETTINGS_DEPRECATED = re.compile(
    rf"(?:The|Setting) {_QUOTED}(?: and {_QUOTED})?[^.,A-Z]* (?:is|are|has been|have been) deprecated"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatClass:
    """A class with what it inherits."""

    members: frozenset[str]
    calls: Mapping[str, frozenset[str] | None]
    open: bool
    """It inherits from a class of another package: it may have more."""


class ReleaseNames:
    """The names of one release."""

    def __init__(self, modules: Mapping[str, ModuleNames]) -> None:
        self.modules = modules
        for module in modules.values():
            for star in module.stars:
                given = modules.get(star)
                if given is not None:
                    module.bound.update({name: f"{star}.{name}" for name in given.bound if not name.startswith("_")})
                    module.open |= given.open

    @classmethod
    def read(cls, folder: Path) -> ReleaseNames:
        """Return the names of the package `scrapy` in a folder. Raises `SyntaxError` where a module is none."""
        modules = {}
        for path in sorted((folder / "scrapy").rglob("*.py")):
            words = path.relative_to(folder).with_suffix("").parts
            package = words[-1] == "__init__"
            name = ".".join(words[:-1] if package else words)
            if "templates" not in words:
                modules[name] = read_module(parse_python(path.read_bytes(), str(path)), name, package=package)
        return cls(modules)

    @cached_property
    def paths(self) -> dict[str, str]:
        """Where each name can be imported from, dotted, and where it is defined; submodules are among them."""
        found = {}
        for module, names in self.modules.items():
            found[module] = module
            for name in names.bound:
                found[f"{module}.{name}"] = self._defined(module, name)
        return found

    @cached_property
    def classes(self) -> dict[str, FlatClass]:
        """Classes by each of the paths that they can be imported from."""
        flat = {path: self._flat(defined) for path, defined in self.paths.items()}
        return {path: each for path, each in flat.items() if each is not None}

    @cached_property
    def calls(self) -> dict[str, frozenset[str] | None]:
        """Arguments that can be named of functions, classes and methods, by each of their paths; None: any."""
        found: dict[str, frozenset[str] | None] = {}
        for path, defined in self.paths.items():
            module, _, name = defined.rpartition(".")
            if module in self.modules and name in self.modules[module].functions:
                found[path] = self.modules[module].functions[name]
        for path, flat in self.classes.items():
            for method, arguments in flat.calls.items():
                found[path if method == "__init__" else f"{path}.{method}"] = arguments
        return found

    @cached_property
    def deprecated(self) -> dict[str, str]:
        """Scrapy's words on what is deprecated, by path, `path.member`, or setting."""
        found = {}
        for module, names in self.modules.items():
            for key, words in names.deprecated.items():
                found[f"{module}.{key}".rstrip(".")] = words
        for path, defined in self.paths.items():
            if defined in found:
                found.setdefault(path, found[defined])
        for path, flat in self.classes.items():
            for member in flat.members:
                words = found.get(f"{self.paths[path]}.{member}", "")
                if words:
                    found.setdefault(f"{path}.{member}", words)
        return found

    @cached_property
    def settings(self) -> frozenset[str]:
        """Settings that Scrapy reads or has a default for."""
        return frozenset().union(*(names.settings for names in self.modules.values()))

    @cached_property
    def mentions(self) -> frozenset[str]:
        """Attributes and strings that stand anywhere in the package."""
        return frozenset().union(*(names.mentions for names in self.modules.values()))

    @cached_property
    def hooks(self) -> frozenset[str]:
        """Members that it asks objects for, whatever their class."""
        asked = frozenset().union(*(names.asked for names in self.modules.values()))
        return frozenset(name for name in asked if not name.startswith("_"))

    @cached_property
    def deprecated_settings(self) -> dict[str, str]:
        """Scrapy's words on the settings that it calls deprecated."""
        found: dict[str, str] = {}
        for words in self._warned:
            about = _SETTINGS_DEPRECATED.match(words)
            found.update(dict.fromkeys(_SETTING.findall(about.group()), words) if about else {})
        return found

    def words_about(self, member: str) -> str:
        """Return the words of a deprecation warning about a member, whatever its class, or nothing."""
        return next((words for words in self._warned if f"deprecated {member}()" in words), "")

    @cached_property
    def _warned(self) -> list[str]:
        return [words for names in self.modules.values() for words in names.warned]

    def _defined(self, module: str, name: str, *, depth: int = 20) -> str:
        """Return where a name is defined, as far as imports can be followed inside Scrapy."""
        names = self.modules[module]
        target = names.bound.get(name)
        if target == "" or target is None or not depth:
            return f"{module}.{name}"
        if target.startswith("."):
            return self._defined(module, target[1:], depth=depth - 1) if "." not in target[1:] else f"{module}{target}"
        if target in self.modules:
            return target
        source, _, last = target.rpartition(".")
        if source in self.modules and last in self.modules[source].bound:
            return self._defined(source, last, depth=depth - 1)
        return target

    def _class_at(self, defined: str) -> tuple[str, NamedClass] | None:
        module, _, name = defined.rpartition(".")
        found = self.modules[module].classes.get(name) if module in self.modules else None
        return None if found is None else (module, found)

    def _flat(self, defined: str) -> FlatClass | None:
        at = self._class_at(defined)
        if at is None:
            return None
        members: set[str] = set()
        calls: dict[str, frozenset[str] | None] = {}
        beyond = False
        for each in self._ancestors(*at, seen=set()):
            if each is None:
                beyond = True
                continue
            members |= each.members
            for method, arguments in each.calls.items():
                # Where a base takes what it is not known to take, any argument may go through.
                calls.setdefault(method, arguments)
        if beyond and "__init__" not in calls:
            calls["__init__"] = None
        return FlatClass(members=frozenset(members), calls=calls, open=beyond)

    def _ancestors(self, module: str, one: NamedClass, seen: set[str]) -> Iterator[NamedClass | None]:
        """Yield a class and its bases, None for one of another package."""
        yield one
        for base in one.bases:
            first, dot, rest = base.partition(".")
            if base in {"object", "Generic", "Protocol", "ABC", "Enum", "Exception"}:
                continue
            defined = self._defined(module, first) + dot + rest if first in self.modules[module].bound else base
            source, _, name = defined.rpartition(".")
            if source in self.modules and name in self.modules[source].bound:
                defined = self._defined(source, name)
            at = self._class_at(defined)
            if at is None:
                yield None
            elif defined not in seen:
                seen.add(defined)
                yield from self._ancestors(*at, seen=seen)
