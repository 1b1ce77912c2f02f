"""Where files are: those that the harness brings along, at the root of a checkout or inside the installed package, and
those that are kept where it is used."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

STATE = Path(".scrapy-compat")
"""Where runs are kept unless something else is said, in the folder in which the command is started."""
BASELINES = Path("baseline")
"""Where accepted baselines are kept, in the folder in which the command is started."""
REPORTS = Path("reports")
"""Where runs write their reports there."""
PUBLISHED = Path("published")
"""Where a checkout keeps the measurements that others are linked to: a folder for each platform."""
PACKED_RUN = "run.gz"
"""The file there with what is known of each cell."""

_PACKAGE = Path(__file__).resolve().parent.parent
_SHIPPED = _PACKAGE / "_shipped"
# Only a wheel has the folder; see `force-include` in pyproject.toml.
_ROOT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent


def scenarios_dir() -> Path:
    """The folder of scenario files and of the kit."""
    return _ROOT / "scenarios"


def matrix_file() -> Path:
    """The `matrix.toml` to use where there is no other."""
    return _ROOT / "matrix.toml"


def claims_file() -> Path:
    """The `claims.toml`."""
    return _ROOT / "claims.toml"


def shipped_run_file() -> Path:
    """The run that answers where none is stored."""
    return _ROOT / PUBLISHED / "linux" / PACKED_RUN


def published_page(platform: str) -> Path | None:
    """The measurement of a platform that the checkout keeps, as Markdown; None where it keeps none."""
    path = _ROOT / PUBLISHED / platform / "matrix.md"
    return path if path.is_file() else None


def cache_directory() -> Path:
    """Where environments and locks are kept: `SCRAPY_COMPAT_CACHE`, else the user's cache folder."""
    configured = os.environ.get("SCRAPY_COMPAT_CACHE")
    return Path(configured) if configured else platformdirs.user_cache_path("scrapy-compat", appauthor=False)


def learned_pins_file() -> Path:
    """Where is kept what `pins` finds for the matrix that the harness brings along: the user's folder of state."""
    return platformdirs.user_state_path("scrapy-compat", appauthor=False) / "pins.toml"


def target_state(name: str) -> Path:
    """Where the runs of a target of that name are kept: not in its own folder, which stays as it is."""
    return platformdirs.user_state_path("scrapy-compat", appauthor=False) / "targets" / name
