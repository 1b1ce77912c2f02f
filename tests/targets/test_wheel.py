"""The wheel of a target, built by its own backend."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.infra.errors import StorageError
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
