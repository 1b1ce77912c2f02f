"""Files of this machine as programs under Wine name them."""

from __future__ import annotations

import os
from pathlib import Path


def windows_path(path: Path) -> str:
    r"""`path` on Wine's drive of the whole machine: `/tmp/a b` is `Z:\tmp\a b`. A relative one is made absolute."""
    return "Z:" + os.path.abspath(path).replace("/", "\\")  # noqa: PTH100 (links stay as they are)
