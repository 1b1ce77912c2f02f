"""What a Scrapy on a Python needs held back or added today: `pins.toml`, read and written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from packaging.version import Version

from harness.infra.toml import TomlFile, TomlRecord
from harness.matrix.pin_sets import Pairs, PinSet

_HEAD = """\
# What each Scrapy needs held back or added on each Python to start today, found by `scrapy-compat pins`.
# Written by that command; `matrix.toml` names this file, and `published/linux/pins/` is rendered from it.
"""


class PinsTable(TomlRecord, frozen=True, kw_only=True):
    """The whole file."""

    pins: tuple[PinSet, ...] = ()


def read_pins(path: Path) -> Pairs:
    """Return what `path` says; nothing where there is no such file. `ConfigurationError` says what is wrong in it."""
    if not path.is_file():
        return {}
    return {(each.scrapy, each.python): each for each in TomlFile.load(path).decode(PinsTable).pins}


def pins_toml(sets: Iterable[PinSet]) -> str:
    """The text of `pins.toml`, sorted, so that a change of one pair is a change of its lines."""
    return _HEAD + "".join(_written(each) for each in sorted(sets, key=_order))


def _order(pins: PinSet) -> tuple[Version, bool, Version]:
    pypy = pins.python.startswith("pypy")
    return Version(pins.scrapy), pypy, Version(pins.python.removeprefix("pypy"))


def _written(pins: PinSet) -> str:
    lines = ["", "[[pins]]"]
    for key, value in (("scrapy", pins.scrapy), ("python", pins.python), ("platform", pins.platform)):
        lines.append(f"{key} = {_text(value)}")
    lines += [f"state = {_text(pins.state.value)}", f"found = {pins.found}", f"latest = {_text(pins.latest)}"]
    if pins.stopped_by is not None:
        lines.append(f"stopped-by = {_text(pins.stopped_by)}")
    if pins.pins:
        lines.append("held = [")
        lines += [
            f"  {{ requirement = {_text(pin.requirement)}, released = {pin.day}, error = {_text(pin.error)} }},"
            for pin in pins.pins
        ]
        lines.append("]")
    if pins.added:
        lines.append("added = [")
        lines += [f"  {{ package = {_text(each.package)}, error = {_text(each.error)} }}," for each in pins.added]
        lines.append("]")
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    # A JSON string is a basic string of TOML as well, but for DEL, which JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
