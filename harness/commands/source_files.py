"""Source files that a user names, for `advise` and `fix`: read as Python reads them, never run."""

from __future__ import annotations

import io
import os
import tokenize
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.infra.errors import ConfigurationError
from harness.infra.python_source import TOO_DEEP, parse_python


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """A source as text; encoded, it is the file's bytes again."""

    text: str
    """With the ends of lines that the file has."""
    encoding: str


def read_sources(given: Sequence[Path], heard: Callable[[str], object]) -> dict[Path, SourceText]:
    """Return the files named, and those below the folders named; `heard` gets a line about each that is not Python.

    Raises `ConfigurationError` where a file that is named itself is none.
    """
    sources: dict[Path, SourceText] = {}
    for named in given:
        for path in _files(named):
            try:
                sources[path] = _read(path)
            except ConfigurationError as error:
                if path == named:
                    raise
                heard(f"{path}: not read: {error.cause}")
    return sources


def _files(given: Path) -> Iterator[Path]:
    """Return a file, or the Python files below a folder but those of hidden folders and virtual environments."""
    if not given.is_dir():
        yield given
        return
    for folder, folders, names in os.walk(given):
        folders[:] = sorted(name for name in folders
                            if not name.startswith(".") and not Path(folder, name, "pyvenv.cfg").exists())  # fmt: skip
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".py"))


def _read(path: Path) -> SourceText:
    try:
        raw = path.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        text = raw.decode(encoding)
        parse_python(text, str(path))
    except (OSError, SyntaxError, ValueError, *TOO_DEEP) as error:
        raise ConfigurationError(
            value=str(path), cause=f"cannot be read as Python: {error}", action="name a source file"
        ) from error
    return SourceText(text=text, encoding=encoding)
