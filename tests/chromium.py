"""Chromium for tests of the page, started once.

Where there is none Playwright is asked to fetch its own; if it cannot, the tests fail and say what to do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = (
    *("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--no-first-run", "--disable-gpu"),
)
REMEDY = (
    "no Chromium was found: install one (`apt-get install chromium`, or `playwright install chromium`), name it in "
    "SCRAPY_COMPAT_CHROMIUM, or leave these tests out with -m 'not browser'"
)


def found_chromium(installed: str = "") -> Path:
    """The program: that of `SCRAPY_COMPAT_CHROMIUM`, else one on PATH, else Playwright's, `installed` or to be.

    Without any the test fails.
    """
    named = os.environ.get("SCRAPY_COMPAT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), installed)
    if named == installed and not Path(named).is_file():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, timeout=240)
    if not Path(named).is_file():
        pytest.fail(REMEDY, pytrace=False)
    return Path(named)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser while the context lasts."""
    with sync_playwright() as playwright:
        path = found_chromium(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
