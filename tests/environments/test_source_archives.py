"""Source archives of the days before PEP 625: real uv refuses them as they are, and takes them repacked."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from harness.environments.provider import EnvironmentProvider
from harness.environments.source_archives import archive_of, repack, with_hashes
from harness.infra.packages.index import IndexUnavailableError
from harness.model.outcome import Outcome
from tests.support.environments import (  # noqa: F401
    PLANNED,
    ask,
    index_fixture,
    interpreters_fixture,
    place_fixture,
    provider_fixture,
)
from tests.support.packages import Index, wheel

BACKEND = """
import pathlib
NAME = "legacy-1.0-py3-none-any.whl"
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    source = pathlib.Path(__file__).with_name("wheel.bin")
    (pathlib.Path(wheel_directory) / NAME).write_bytes(source.read_bytes())
    return NAME
"""
PROJECT = """
[project]
name = "legacy"
version = "1.0"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
LEGACY = replace(
    PLANNED, id="linux-legacy1.0-era", requirement="legacy==1.0", profile="era", exclude_newer="2021-01-01"
)


def legacy_archive() -> bytes:
    """An archive as setuptools made them once: `.tar.bz2`, with a capital letter."""
    buffer = io.BytesIO()
    files = {
        "pyproject.toml": PROJECT.encode(),
        "backend.py": BACKEND.encode(),
        "PKG-INFO": b"Metadata-Version: 2.1\nName: Legacy\nVersion: 1.0\n",
        "wheel.bin": wheel("legacy", "1.0"),
    }
    with tarfile.open(fileobj=buffer, mode="w:bz2") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"Legacy-1.0/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def legacy(index: Index) -> Index:
    index.files["Legacy-1.0.tar.bz2"] = (legacy_archive(), "2020-05-01")
    return index


@pytest.mark.slow
def test_uv_takes_the_archive_only_when_it_is_repacked(provider: EnvironmentProvider, legacy: Index) -> None:
    refused = provider.provide(LEGACY)
    assert refused.result.status is Outcome.UNINSTALLABLE
    provided = provider.provide(replace(LEGACY, repacked=("legacy==1.0",)))
    assert ask(provided, "legacy.VERSION") == "1.0"
    assert "legacy==1.0" in provided.result.lock
    assert "--hash=sha256:" in provided.result.lock


def test_repacking_gives_the_same_bytes_every_time_and_keeps_the_content(legacy: Index, tmp_path: Path) -> None:
    for place in ("one", "two"):
        repack(["legacy==1.0"], tmp_path / place, legacy.url)
    one, two = (archive_of("legacy==1.0", tmp_path / place) for place in ("one", "two"))
    assert one.name == "legacy-1.0.tar.gz"
    assert one.read_bytes() == two.read_bytes()
    with tarfile.open(one) as new, tarfile.open(fileobj=io.BytesIO(legacy_archive())) as old:
        names = new.getnames()
        content = {name.replace("legacy-", "Legacy-"): new.extractfile(name).read() for name in names}  # type: ignore[union-attr]
        assert content == {name: old.extractfile(name).read() for name in old.getnames()}  # type: ignore[union-attr]


def test_an_archive_that_the_index_does_not_have_is_said(legacy: Index, tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailableError, match=r"no source archive of legacy 2\.0"):
        repack(["legacy==2.0"], tmp_path, legacy.url)
    assert list(tmp_path.glob("*.tar.gz")) == []


def test_only_an_entry_without_a_hash_gets_one(legacy: Index, tmp_path: Path) -> None:
    repack(["legacy==1.0"], tmp_path, legacy.url)
    lock = "eggs==2.0 \\\n    --hash=sha256:aa\nlegacy==1.0\n"
    changed = with_hashes(lock, ["legacy==1.0"], tmp_path)
    assert changed.startswith("eggs==2.0 \\\n    --hash=sha256:aa\nlegacy==1.0 \\\n    --hash=sha256:")
    assert with_hashes(changed, ["legacy==1.0"], tmp_path) == changed
