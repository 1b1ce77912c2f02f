"""Sphinx over MyST Markdown. Built by `nox -s docs`, where a warning is an error.

What the code knows better than a page is put in by `{generated}`; see `_extension/`.
"""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extension"))

project = "scrapy-compat-harness"
copyright = "the authors of scrapy-compat-harness"
release = version = version_of("scrapy-compat-harness")

extensions = ["myst_parser", "sphinx_click", "generated"]
exclude_patterns = ["_extension"]
nitpicky = True
smartquotes = False  # what is quoted here is mostly to be typed

myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 3

html_theme = "pydata_sphinx_theme"
html_title = "scrapy-compat-harness"
html_show_sourcelink = False
# Pages that are not in a section have nothing to show there.
html_sidebars: dict[str, list[str]] = {"index": [], "tutorial/*": []}
html_theme_options = {
    "navigation_with_keys": True,
    "show_nav_level": 2,
    "show_toc_level": 3,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
