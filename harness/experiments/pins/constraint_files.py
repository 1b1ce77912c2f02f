"""What was found, as a file for `pip install -c`: text that says for each line why it is there."""

from __future__ import annotations

import textwrap
from pathlib import Path

from harness.infra.files import cache_errors, write_whole
from harness.matrix.pin_sets import PinSet, PinState

FOLDER = "pins"
"""Within the folder of reports."""


def constraint_file(pins: PinSet) -> str:
    """The constraint file of one pair."""
    python = pins.python if pins.python.startswith("pypy") else f"Python {pins.python}"
    head = f"Scrapy {pins.scrapy} on {python}, measured on {pins.found} ({pins.platform})"
    lines = [f"# {head}"]
    if pins.state is PinState.NOTHING_NEEDED:
        lines.append("# Nothing needs to be held back: it works with what pip gives.")
    elif pins.state is PinState.STOPPED:
        lines += _wrapped("No pins help. What stops it:") + _wrapped(str(pins.stopped_by))
    else:
        packages = " ".join([f"scrapy=={pins.scrapy}", *(each.package for each in pins.added)])
        lines.append(f"# pip install -c {file_name(pins.scrapy, pins.python)} {packages}")
        for each in pins.added:
            lines += ["", *_wrapped(f"{each.package} has to be installed, too. Without it: {each.error}")]
        for pin in pins.pins:
            lines += ["", *_wrapped(f"{pin.package} {pin.release} of {pin.day}: {pin.error}"), pin.requirement]
    return "\n".join(lines) + "\n"


def file_name(scrapy: str, python: str) -> str:
    """E.g. `scrapy-2.5.1-py3.10.txt`."""
    return f"scrapy-{scrapy}-{python if python.startswith('pypy') else f'py{python}'}.txt"


def write_constraint_file(pins: PinSet, reports: Path) -> Path:
    """Write the file of one pair below `reports`; its path. Raises `StorageError` when there is no room."""
    path = reports / FOLDER / file_name(pins.scrapy, pins.python)
    with cache_errors(path.parent):
        write_whole(path, constraint_file(pins))
    return path


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text, 110, initial_indent="# ", subsequent_indent="# ", break_long_words=False, break_on_hyphens=False
    )
