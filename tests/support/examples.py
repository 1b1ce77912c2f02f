"""The examples of `docs/ci.md`, as they stand there."""

from __future__ import annotations

import re

from tests.support.fake_machines import ROOT

CI_PAGE = ROOT / "docs" / "ci.md"


def ci_examples(language: str) -> list[str]:
    """The examples in a language, in the order of the page."""
    page = CI_PAGE.read_text(encoding="utf-8")
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", page)


def with_commit(text: str) -> str:
    """An example for GitHub in which what the reader has to put in stands: whose repository, and which commit."""
    assert "OWNER/scrapy-compat-harness@COMMIT" in text or "runs-on:" not in text
    return text.replace("OWNER/scrapy-compat-harness@COMMIT", f"somebody/scrapy-compat-harness@{'0123456789' * 4}")
