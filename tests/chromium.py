"""Chromium for tests of the page, started once; where there is none, the tests that need it fail and say what to do."""

from __future__ import annotations

import os
import shutil
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
    """The program: that of `SCRAPY_COMPAT_CHROMIUM`, else one on PATH, else `installed`; without any the test fails."""
    named = os.environ.get("SCRAPY_COMPAT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), installed)
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
