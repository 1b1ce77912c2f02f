"""The platforms that there are, and which of them this machine can run."""

from __future__ import annotations

import sys
from typing import Literal, get_args

from harness.infra.errors import ConfigurationError


def current_platform() -> str:
    """The platform of this machine as ids name it."""
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


def runnable_platforms() -> tuple[str, ...]:
    """The platforms whose cells can be run on this machine: its own first."""
    return ("linux", "wine") if current_platform() == "linux" else (current_platform(),)


def refuse_platform(platform: str) -> None:
    """`ConfigurationError` if cells of a platform cannot be run here."""
    if platform not in runnable_platforms():
        raise ConfigurationError(
            value=f"--platform {platform}",
            cause=f"cannot be run on this machine, which is {current_platform()}",
            action="run it on such a machine and merge the two; `scrapy-compat plan` shows any platform",
        )


Platform = Literal["linux", "macos", "windows", "wine"]
PLATFORMS: tuple[str, ...] = get_args(Platform)
"""Those that ids name; `wine` is Windows builds of Python on Linux, never to be taken for `windows`."""
