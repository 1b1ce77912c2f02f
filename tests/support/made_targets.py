"""Projects that tests make and try: a package, and a suite for each trap."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "made-plugin"
version = "1.2.3"
requires-python = ">=3.8"
dependencies = ["scrapy>=2.6"]

[tool.setuptools]
packages = ["made_plugin"]
"""


def make_target(folder: Path, files: Mapping[str, str], pyproject: str = PYPROJECT) -> Path:
    """Return a folder with a plugin, and these files beside it."""
    content = {"pyproject.toml": pyproject, "made_plugin/__init__.py": '"""A plugin."""\n', **files}
    for name, text in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def tree_digest(folder: Path) -> str:
    """Return what differs where anything below a folder does: names, contents, times of writing."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(f"{path.relative_to(folder)} {path.stat().st_mtime_ns}".encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
