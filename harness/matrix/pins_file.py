"""What a Scrapy on a Python needs held back or added today: `pins.toml`, read and written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from packaging.version import Version

from harness.infra.toml import TomlTable
from harness.matrix.pin_sets import AddedPackage, Pin, PinSet, PinState
from harness.matrix.values import read_day, read_known, read_requirement

_HEAD = """\
# What each Scrapy needs held back or added on each Python to start today, found by `scrapy-compat pins`.
# Written by that command; `matrix.toml` names this file, and `published/linux/pins/` is rendered from it.
"""


def read_pins(path: Path) -> dict[tuple[str, str], PinSet]:
    """What `path` says; nothing where there is no such file yet. `ConfigurationError` says what is wrong in it."""
    if not path.is_file():
        return {}
    root = TomlTable.load(path)
    sets = [_read_set(table) for table in root.tables("pins")]
    root.finish()
    return {(each.scrapy, each.python): each for each in sets}


def _read_set(table: TomlTable) -> PinSet:
    state = PinState(read_known(table, "state", [state.value for state in PinState]))
    found = PinSet(
        scrapy=table.required("scrapy", str),
        python=table.required("python", str),
        platform=table.required("platform", str),
        state=state,
        pins=tuple(_read_pin(entry) for entry in table.tables("held")),
        added=tuple(_read_added(entry) for entry in table.tables("added")),
        stopped_by=table.required("stopped-by", str) if state is PinState.STOPPED else None,
        found=read_day(table, "found"),
        latest=table.required("latest", str),
    )
    table.finish()
    if (state is PinState.HELD_BACK) != bool(found.pins or found.added):
        raise table.refusal(
            "state", "does not fit what is held and added", "run `scrapy-compat pins` for this pair again"
        )
    return found


def _read_pin(table: TomlTable) -> Pin:
    package, _, release = read_requirement(table, "requirement").partition("<")
    pin = Pin(package=package, release=release, day=read_day(table, "released"), error=table.required("error", str))
    table.finish()
    return pin


def _read_added(table: TomlTable) -> AddedPackage:
    added = AddedPackage(package=read_requirement(table, "package"), error=table.required("error", str))
    table.finish()
    return added


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
