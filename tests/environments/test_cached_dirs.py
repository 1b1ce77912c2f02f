"""Folders and files that are whole or not there, whatever happens while they are made."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness.environments.cached_dirs import obtain
from harness.infra.errors import StorageError
from harness.infra.files import cache_errors, write_whole
from harness.infra.packages.uv import Failure, FailureKind


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /dev/full")
def test_a_full_disk_is_an_error_and_no_data(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match="No space left on device"),
        cache_errors(tmp_path),
        open("/dev/full", "w", buffering=1) as full,  # noqa: PTH123
    ):
        full.write("x\n")


def test_a_full_disk_that_uv_met_is_an_error_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    failure = Failure(kind=FailureKind.STORAGE, reason="No space left on device", text="")
    with pytest.raises(StorageError, match="make room"):
        obtain(tmp_path / "kind" / "one", lambda _: failure, Path.exists)
    assert not (tmp_path / "kind" / "one").exists()


def test_an_interrupted_making_is_healed_the_next_time(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> dict[str, str]:
        (folder / "half").touch()
        raise KeyboardInterrupt

    folder = tmp_path / "kind" / "one"
    with pytest.raises(KeyboardInterrupt):
        obtain(folder, interrupted, Path.exists)
    assert (folder / "half").exists()
    assert obtain(folder, lambda _: {"spam": "1"}, Path.exists).versions == {"spam": "1"}
    assert not (folder / "half").exists()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "file.json"
    write_whole(path, json.dumps({"a": 1}))
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert json.loads(path.read_text()) == {"a": 1}
    assert [file.name for file in path.parent.iterdir()] == ["file.json"]
