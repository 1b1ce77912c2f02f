"""What is judged and measured as JSON can hold it, for `--json`: one way for all commands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from harness.analysis.axis_values import AxisValues
from harness.analysis.cell_blocks import CellBlock, CellGrid
from harness.model.known_cells import AXES
from harness.store.summary import Summary

_WORKING = (CellGrid, AxisValues, Summary)
"""What only serves to put results into words."""


def json_text(value: Any) -> str:
    """Return `value` on one line of ASCII, whatever it holds."""
    return json.dumps(plain(value))


def plain(value: Any) -> Any:
    """Return records as objects by the names of their fields, blocks of cells by axis, statuses and paths as texts."""
    if isinstance(value, Enum):
        found: Any = value.value
    elif value is None or isinstance(value, (bool, int, float, str)):
        found = value
    elif isinstance(value, (Path, date)):
        found = str(value)
    elif isinstance(value, Mapping):
        found = {str(plain(key)): plain(each) for key, each in value.items()}
    elif isinstance(value, CellBlock):
        found = dict(zip(AXES, map(list, value.values), strict=True))
    elif is_dataclass(value):
        found = _fields({each.name: getattr(value, each.name) for each in fields(value)})
    elif hasattr(value, "_asdict"):
        found = _fields(value._asdict())
    else:
        found = [plain(each) for each in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    return found


def _fields(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(each) for name, each in found.items() if not isinstance(each, _WORKING)}
