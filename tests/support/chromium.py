"""Chromium for tests of the page, started once: see `find_chromium` for which one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = (
    *("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--no-first-run", "--disable-gpu"),
)


def find_chromium() -> Path | None:
    """Return the program: that of `SCRAPY_COMPAT_CHROMIUM`, else one on PATH, else Playwright's; None without any."""
    # Not there where the tests of processes and files run under Wine.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    named = os.environ.get("SCRAPY_COMPAT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if named is None:
        with sync_playwright() as playwright:
            named = playwright.chromium.executable_path
    return Path(named) if Path(named).is_file() else None


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser while the context lasts."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    path = find_chromium()
    assert path is not None, "no Chromium was found: SCRAPY_COMPAT_CHROMIUM names one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
