"""Copies of targets: by content, without what tools leave behind, and nothing outside of them."""

from __future__ import annotations

import io
import socket
import subprocess
import tarfile
from pathlib import Path

import pytest

from harness.infra.errors import ConfigurationError
from harness.targets.snapshot import take_snapshot
from tests.support.made_targets import make_target, tree_digest


def test_a_folder_is_copied_without_what_tools_leave_behind(tmp_path: Path) -> None:
    tools = {".tox/x": "", "build/lib/x": "", "a.egg-info/x": "", "__pycache__/x.pyc": ""}
    folder = make_target(tmp_path / "it", {"tests/test_a.py": "", "made_plugin/build/x.py": "", **tools})
    before = tree_digest(folder)
    found = take_snapshot(str(folder), tmp_path / "cache")
    names = {path.relative_to(found.source).as_posix() for path in found.source.rglob("*") if path.is_file()}
    assert names == {"pyproject.toml", "made_plugin/__init__.py", "made_plugin/build/x.py", "tests/test_a.py"}
    assert tree_digest(folder) == before
    assert found.revision == f"content {found.digest[:8]}"


def test_the_same_content_is_the_same_copy_wherever_it_is(tmp_path: Path) -> None:
    one = take_snapshot(str(make_target(tmp_path / "one", {})), tmp_path / "cache")
    other = take_snapshot(str(make_target(tmp_path / "other", {})), tmp_path / "cache")
    changed = take_snapshot(str(make_target(tmp_path / "third", {"x.py": ""})), tmp_path / "cache")
    assert one.source == other.source
    assert changed.source != one.source


def test_a_checkout_is_told_with_its_commit_and_whether_it_was_changed(tmp_path: Path) -> None:
    folder = make_target(tmp_path / "it", {})
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True)
    clean = take_snapshot(str(folder), tmp_path / "cache")
    (folder / "new.py").write_text("")
    dirty = take_snapshot(str(folder), tmp_path / "cache")
    assert clean.revision == f"commit {clean.commit}"
    assert dirty.revision == f"commit {clean.commit}, dirty"
    assert not (clean.source / ".git").exists()


def test_folders_of_runs_and_reports_inside_a_target_are_no_part_of_it(tmp_path: Path) -> None:
    folder = make_target(tmp_path / "it", {})
    before = take_snapshot(str(folder), tmp_path / "cache")
    (folder / "state").mkdir()
    (folder / "state" / "run.sqlite").write_text("cells")
    (folder / "made_plugin" / "report").mkdir()
    (folder / "made_plugin" / "report" / "report.md").write_text("fails")
    asked = [folder / "state", folder / "made_plugin" / "report"]
    after = take_snapshot(str(folder), tmp_path / "cache", without=asked)
    assert after.digest == before.digest
    assert take_snapshot(str(folder), tmp_path / "cache").digest != before.digest


@pytest.mark.posix("a socket of the file system")
def test_what_cannot_be_copied_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_target(tmp_path / "it", {})
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("listening")
        found = take_snapshot(str(folder), tmp_path / "cache")
    assert not (found.source / "listening").exists()


def test_an_archive_is_unpacked_and_one_that_would_write_elsewhere_is_refused(tmp_path: Path) -> None:
    folder = make_target(tmp_path / "it-1", {})
    with tarfile.open(tmp_path / "good.tar.gz", "w:gz") as packed:
        packed.add(folder, "it-1")
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as packed:
        info = tarfile.TarInfo("../outside.py")
        packed.addfile(info, io.BytesIO(b""))
    found = take_snapshot(str(tmp_path / "good.tar.gz"), tmp_path / "cache")
    assert found.source == take_snapshot(str(folder), tmp_path / "cache").source
    with pytest.raises(ConfigurationError, match="cannot be unpacked"):
        take_snapshot(str(tmp_path / "bad.tar.gz"), tmp_path / "cache")
    assert not list(tmp_path.rglob("outside.py"))


def test_what_is_neither_a_folder_nor_a_release_is_refused_with_what_would_be_right(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"is no folder, no file and no requirement.*scrapy-poet==0.26"):
        take_snapshot("./nothing here", tmp_path / "cache")
