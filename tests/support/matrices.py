"""The shipped matrix cut down, for tests that need a whole one that is small."""

from __future__ import annotations

import re

from harness.infra import resources


def matrix_of_one_environment() -> str:
    """The shipped matrix with Python 3.12 and Scrapy 2.13 alone."""
    text = resources.matrix_file().read_text(encoding="utf-8")
    return re.sub(r'(?m)^  \{ (key|version) = (?!"3\.12"|"2\.13\.4").*\n', "", text)
