"""Requirements as people write them: lines of pip's files, tables of poetry and Pipfile. Nothing of it is run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.targets.project_files import parsed_requirement, read_text, texts, written_lines

_DEEPEST = 4
"""Files that include each other."""


class RequirementLines:
    """The lines of a requirements file and of those that it includes."""

    def __init__(self) -> None:
        self.requires: list[str] = []
        self.constraints: list[str] = []
        self.left_out: list[str] = []

    def read(self, path: Path, root: Path, depth: int = 0, *, constrains: bool = False) -> None:
        if depth > _DEEPEST or not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
            return
        for line in written_lines(read_text(path).replace("\\\n", " ")):
            included = re.fullmatch(r"(-r|--requirement|-c|--constraint)[ =]?(\S+)", line)
            # Hashes and other options of a requirement stand behind it.
            text = re.sub(r"\s+--\S+.*", "", line)
            if included is not None:
                holds = constrains or included[1] in {"-c", "--constraint"}
                self.read(path.parent / included[2], root, depth + 1, constrains=holds)
            elif parsed_requirement(text) is not None:
                (self.constraints if constrains else self.requires).append(text)
            elif not line.startswith("-") or line.startswith(("-e", "--editable")):
                self.left_out.append(f"{line} ({path.relative_to(root).as_posix()})")


def table_requirement(name: str, value: Any) -> str | None:
    """Return what poetry or Pipfile ask for, as a requirement; empty: it is optional; None: it cannot be one."""
    given = value if isinstance(value, dict) else {"version": value}
    if given.get("optional"):
        return ""
    version = given.get("version", "*")
    if not isinstance(version, str) or {"git", "path", "url", "file"} & given.keys():
        return None
    extras = texts(given.get("extras"))
    bracket = f"[{','.join(extras)}]" if extras else ""
    found = f"{name}{bracket}{pep440(version)}"
    marker = given.get("markers")
    found += f" ; {marker}" if isinstance(marker, str) else ""
    return found if parsed_requirement(found) is not None else None


def pep440(text: str) -> str:
    """Return a version of poetry's or Pipfile's as a specifier: `^2.6` is `>=2.6,<3`, `*` is anything."""
    return ",".join(filter(None, (_clause(each.strip()) for each in text.split(","))))


def _clause(text: str) -> str:
    if text in {"", "*"}:
        return ""
    if text[0] not in "^~" or text.startswith("~="):
        return text if text[0] in "<>=!~" else f"=={text}"
    try:
        release = [*Version(text[1:].strip()).release]
    except InvalidVersion:
        return text
    # A caret lets everything through that keeps the first number which is not 0; a tilde keeps the minor.
    kept = next((at for at, number in enumerate(release) if number), len(release) - 1)
    if text[0] == "~":
        kept = min(1, len(release) - 1)
    upper = [*release[:kept], release[kept] + 1]
    return f">={text[1:].strip()},<{'.'.join(map(str, upper))}"


def specifier_of(text: str) -> SpecifierSet | None:
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None


def pinned_versions(requires: tuple[str, ...]) -> dict[str, str]:
    """Return version by package of the requirements that allow one version alone."""
    found: dict[str, str] = {}
    for text in requires:
        requirement = parsed_requirement(text)
        clauses = [] if requirement is None else list(requirement.specifier)
        if requirement is not None and len(clauses) == 1 and clauses[0].operator in {"==", "==="}:
            version = clauses[0].version
            if "*" not in version and requirement.marker is None:
                found[canonicalize_name(requirement.name)] = version
    return found
