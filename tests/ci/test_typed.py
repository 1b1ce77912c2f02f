"""The package says that it is typed, and is marked so that type checkers believe it (PEP 561)."""

from __future__ import annotations

from importlib.metadata import metadata
from importlib.resources import files


def test_the_marker_is_in_the_package() -> None:
    assert "Typing :: Typed" in (metadata("scrapy-compat-harness").get_all("Classifier") or [])
    assert files("harness").joinpath("py.typed").is_file()
