"""How large a page is, how soon it can be used in a headless Chromium, and how long a change of filters takes.

`python benchmarks/page.py [FILE...]`; without a file the page of 100,000 synthetic cells. Exits with 1 where that one
misses its target: 6 MB, 2 s, 200 ms.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser

from tests.support.chromium import chromium
from tests.support.pages import make_page
from tests.support.synthetic import make_plan

BYTES, READY, CHANGE = 6_000_000, 2_000, 200
"""Targets in bytes and milliseconds."""
WATCH = """
new MutationObserver(() => { window.readyAt ??= performance.now(); })
  .observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });
"""
TIMED = """([axis, place]) => {
  const box = document.querySelectorAll(`details[data-axis=${axis}] input[type=checkbox]`)[place];
  const start = performance.now();
  box.click();
  document.body.getBoundingClientRect();
  return new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now() - start))));
}"""
CHANGES = (("outcome", 0), ("helper", 0), ("lane", 0), ("outcome", 1), ("helper", 0), ("outcome", 0), ("lane", 0))
"""Boxes that are clicked, one after another: on and off again."""


def measured(browser: Browser, file: Path) -> tuple[int, float, float]:
    """Bytes, milliseconds until the cells can be explored, and the longest of some changes of filters, medians of 3."""
    readies, changes = [], []
    for _ in range(3):
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.add_init_script(WATCH)
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready=whole]")
        readies.append(page.evaluate("window.readyAt"))
        page.wait_for_timeout(500)
        changes.append(max(page.evaluate(TIMED, list(change)) for change in CHANGES))
        page.close()
    return file.stat().st_size, statistics.median(readies), statistics.median(changes)


def main() -> int:
    """Measure and print."""
    missed = False
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        files = [Path(name).resolve() for name in sys.argv[1:]]
        made = Path(folder, "100,000 synthetic cells.html")
        if not files:
            made.write_text(make_page(Path(folder, "state"), make_plan(100_000)), encoding="utf-8")
        for file in files or [made]:
            size, ready, change = measured(browser, file)
            missed = missed or (file == made and (size > BYTES or ready > READY or change > CHANGE))
            print(f"{file.stem}: {size:,} bytes, ready after {ready:.0f} ms, longest change of filters {change:.0f} ms")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
