"""The wheel of a target, built by its own backend."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.infra.errors import ConfigurationError, ExitCode, StorageError
from harness.infra.packages.index import IndexUnavailableError
from harness.targets.snapshot import take_snapshot
from harness.targets.wheel import build_target
from tests.support.made_targets import PYPROJECT, make_target


@pytest.mark.index
@pytest.mark.mount
def test_a_full_disk_is_no_fault_of_a_target(tmp_path: Path, tiny_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tiny_disk / "uv"))
    snapshot = take_snapshot(str(make_target(tmp_path / "plugin", {})), tmp_path / "cache")
    with pytest.raises(StorageError, match=r"make room and allow writing"):
        build_target(snapshot, Path(sys.executable))


@pytest.mark.index
def test_a_wheel_tells_its_modules_and_its_dependencies(tmp_path: Path) -> None:
    pyproject = PYPROJECT.replace('["scrapy>=2.6"]', '["scrapy>=2.6", "w3lib>=1.17; python_version >= \'3.8\'"]')
    snapshot = take_snapshot(str(make_target(tmp_path / "plugin", {}, pyproject)), tmp_path / "cache")
    built = build_target(snapshot, Path(sys.executable))
    assert (built.name, built.version, built.modules) == ("made-plugin", "1.2.3", ("made_plugin",))
    assert [each.partition(";")[0].strip() for each in built.requires] == ["scrapy>=2.6", "w3lib>=1.17"]


@pytest.mark.parametrize("way", [{"UV_OFFLINE": "1"}, {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}], ids=str)
def test_what_a_build_needs_and_cannot_be_reached_is_no_fault_of_a_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: dict[str, str]
) -> None:
    for name, text in {"UV_CACHE_DIR": str(tmp_path / "uv"), "UV_HTTP_RETRIES": "0", **way}.items():
        monkeypatch.setenv(name, text)
    pyproject = PYPROJECT.replace('["setuptools"]', '["a-build-requirement-that-nobody-has"]')
    snapshot = take_snapshot(str(make_target(tmp_path / "plugin", {}, pyproject)), tmp_path / "cache")
    with pytest.raises(IndexUnavailableError, match="was not built") as refused:
        build_target(snapshot, Path(sys.executable))
    assert refused.value.exit_code is ExitCode.INCOMPLETE
    assert "\n" not in str(refused.value)


BACKEND = """
import pathlib
import zipfile


def build_wheel(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(pathlib.Path(folder) / NAME, "w") as packed:
        packed.writestr("it.py", "")
    return NAME
"""


@pytest.mark.parametrize("name", ["made_plugin-1.2.3-py3-none-any.whl", "made_plugin-one-py3-none-any.whl"])
def test_a_wheel_that_is_none_is_told_of_its_backend(tmp_path: Path, name: str) -> None:
    pyproject = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "made-plugin"
version = "1.2.3"
"""
    files = {"backend.py": f"NAME = {name!r}\n{BACKEND}"}
    snapshot = take_snapshot(str(make_target(tmp_path / "plugin", files, pyproject)), tmp_path / "cache")
    with pytest.raises(ConfigurationError, match=r"look at what its build backend writes|does not build"):
        build_target(snapshot, Path(sys.executable))
