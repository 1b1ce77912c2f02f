"""Folders of scenarios: the built-in one and those of users, which are added to it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from packaging.requirements import Requirement

from harness.infra.errors import ConfigurationError
from harness.infra.resources import scenarios_dir
from harness.scenarios.parse import ScenarioFile, read_scenario, refusal
from harness.scenarios.reserved_names import hidden_by, wrong_name


def scenario_folders(own: Iterable[Path]) -> tuple[Path, ...]:
    """The folders `own`, each once, and the built-in one last: it holds the kit."""
    built_in = scenarios_dir()
    folders = dict.fromkeys(folder.resolve() for folder in own)
    return (*(folder for folder in folders if folder != built_in), built_in)


def load_scenarios(folders: Sequence[Path]) -> dict[str, ScenarioFile]:
    """The scenarios of all `folders` by name, sorted.

    Raises `ConfigurationError` for a folder without scenarios, for a file that is not one, for a name that is there
    twice, and for one that would hide a module which Scrapy, the kit or another scenario imports.
    """
    found: dict[str, ScenarioFile] = {}
    modules: dict[str, Path] = {}
    for folder in folders:
        others, files = _modules(folder)
        for module in (*others, *files):
            first = modules.setdefault(module.stem, module)
            if first != module:
                raise refusal(module, f"its name is that of {first}", "rename one of the two")
        beside = _fingerprint_of_others(folder, others)
        found |= {file.stem: read_scenario(file, beside) for file in files}
    _refuse_hidden_requirements(found, modules)
    return dict(sorted(found.items()))


def files_of(folder: Path) -> dict[str, Path]:
    """What cells may read of a folder of scenarios, by name in there with `/`: all that fingerprints are made of."""
    others, scenarios = _modules(folder)
    kit = sorted((folder / "kit").glob("*.py")) if _is_ours(folder / "kit") else []
    files = [*scenarios, *_files_of_others(folder, others), *kit]
    return {file.relative_to(folder).as_posix(): file for file in sorted(files, key=Path.as_posix) if file.is_file()}


def refuse_unknown_lanes(scenarios: Mapping[str, ScenarioFile], lanes: Sequence[str]) -> None:
    """`ConfigurationError` for a scenario of users that names lanes of which the matrix has none.

    The built-in ones name lanes of the matrix that comes with them; a smaller one may lack some.
    """
    for scenario in scenarios.values():
        for glob in scenario.info.lanes:
            if scenario.path.parent != scenarios_dir() and not any(fnmatchcase(lane, glob) for lane in lanes):
                cause = f"lanes holds {glob!r}, which is no lane of the matrix"
                raise refusal(scenario.path, cause, f"use names or shell globs of: {', '.join(lanes)}")


@lru_cache(maxsize=4)
def kit_fingerprint(kit: Path) -> str:
    """sha256 over the sources of the in-cell kit: when it changes, every cell has to be run again."""
    digest = hashlib.sha256()
    for file in sorted(kit.glob("*.py")):
        digest.update(f"{file.name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _modules(folder: Path) -> tuple[list[Path], list[Path]]:
    """What can be imported from a folder: modules and packages that are no scenarios, and the scenarios' files."""
    if not folder.is_dir():
        raise refusal(folder, "there is no such folder", "name one that holds scenario files")
    others: list[Path] = []
    files: list[Path] = []
    for entry in sorted(folder.iterdir()):
        package = entry.is_dir() and entry.name.isidentifier() and any(entry.glob("*.py"))
        if _is_ours(entry) or entry.name.startswith((".", "__")) or not (package or entry.suffix == ".py"):
            continue
        scenario = not package and not entry.name.startswith("_")
        if not (package or entry.is_file()):
            # A FIFO or a device would never end.
            raise refusal(entry, "it is no plain file", "put a file there, or give it a name that does not end in .py")
        wrong = wrong_name(entry.stem) if scenario else hidden_by(entry.stem)
        if wrong:
            raise refusal(entry, wrong, "rename it: letters, digits and _")
        (files if scenario else others).append(entry)
    if not files:
        raise refusal(folder, "there are no scenario files here", "name a folder that holds some")
    return others, files


def _is_ours(entry: Path) -> bool:
    return entry == scenarios_dir() / "kit"


def _fingerprint_of_others(folder: Path, modules: Sequence[Path]) -> str:
    """Of what lies in a folder beside scenarios, which any of them may import or read. Empty where nothing does."""
    digest = hashlib.sha256()
    # Paths of Windows do not sort by case: the same files have the same fingerprint everywhere.
    files = sorted(_files_of_others(folder, modules), key=Path.as_posix)
    for file in files:
        try:
            content = file.read_bytes()
        except OSError:
            continue  # a socket, a link to nowhere: no scenario can read it either
        digest.update(f"{file.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest() if files else ""


def _files_of_others(folder: Path, modules: Sequence[Path]) -> Iterator[Path]:
    """The modules and packages, and files that are neither; no other folders: reports may be written to one."""
    for entry in folder.iterdir():
        if entry.is_file() and entry.suffix != ".py" and entry.name[0] != ".":
            yield entry
    for module in modules:
        if module.is_file():
            yield module
        # A package may be a link to where a plugin is developed; os.walk follows that one and none below it.
        for place, names, files in os.walk(module):
            names[:] = [name for name in names if name[0] != "." and name != "__pycache__"]
            yield from (Path(place, file) for file in files if file[0] != ".")


def _refuse_hidden_requirements(scenarios: Mapping[str, ScenarioFile], modules: Mapping[str, Path]) -> None:
    for scenario in scenarios.values():
        for requirement in scenario.info.requires:
            module = modules.get(Requirement(requirement).name.lower().replace("-", "_").replace(".", "_"))
            if module is not None:
                raise ConfigurationError(
                    value=str(module),
                    cause=f"its name hides {requirement}, which {scenario.path} requires",
                    action="rename it",
                )
