"""What somebody has open: replaced and removed as soon as he lets go of it, with real files and processes."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from harness.environments.cached_dirs import obtain, remove
from harness.infra import files as files_module
from harness.infra.errors import StorageError
from harness.infra.files import (
    remove_abandoned,
    remove_tree,
    replace_file,
    replacing,
    scratch_folder,
    storage_errors,
    write_whole,
)
from harness.infra.process.supervisor import clean_environment, start

ROOT = Path(__file__).resolve().parents[2]
windows = pytest.mark.skipif(sys.platform != "win32", reason="only Windows refuses it")


def test_a_file_takes_the_place_of_one_that_is_being_read(tmp_path: Path) -> None:
    draft, path = tmp_path / "draft", tmp_path / "file"
    draft.write_text("new", encoding="utf-8")
    path.write_text("old", encoding="utf-8")
    with path.open(encoding="utf-8") as reader:
        writer = threading.Thread(target=replace_file, args=(draft, path))
        writer.start()
        assert reader.read() in ("old", "new")
    writer.join()
    assert path.read_text(encoding="utf-8") == "new"
    assert not draft.exists()


def test_a_file_is_there_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_whole(path, "old\n")
    with pytest.raises(UnicodeEncodeError), replacing(path) as draft:
        draft.write_text("half of it, and \N{SNOWMAN}", encoding="ascii")
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == {"file": b"old\n"}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (sqlite3.OperationalError("database is locked"), "another process is writing it"),
        (sqlite3.DatabaseError("file is not a database"), "damaged or was cut short"),
        (OSError(errno.ENOENT, "No such file"), "check that the path exists"),
    ],
)
def test_an_error_of_storage_names_the_file_and_what_to_do(error: Exception, words: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=words) as caught, storage_errors(tmp_path / "run"):
        raise error
    assert str(tmp_path / "run") in str(caught.value)


@windows
def test_what_stays_held_is_an_error_in_the_end_and_the_old_file_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_module, "PATIENCE", 0.1)
    draft, path = tmp_path / "draft", tmp_path / "file"
    draft.write_text("new", encoding="utf-8")
    path.write_text("old", encoding="utf-8")
    with path.open(encoding="utf-8") as reader:
        with pytest.raises(PermissionError):
            replace_file(draft, path)
        assert reader.read() == "old"


def test_what_a_killed_process_ran_in_is_removed() -> None:
    with scratch_folder() as folder:
        script = "open('held', 'w').write('x'); print('ready', flush=True); import time; time.sleep(600)"
        with start([sys.executable, "-c", script], cwd=folder, env=clean_environment()) as process:
            while "ready" not in process.output()[0]:
                assert process.wait(0.01) is None
    assert not folder.exists()


@windows
def test_a_scratch_folder_that_somebody_holds_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "PATIENCE", 0.1)
    with scratch_folder() as folder:
        holder = (folder / "held").open("w", encoding="utf-8")
    assert folder.exists()
    holder.close()
    remove_tree(folder)


@windows
def test_a_folder_in_use_is_not_removed_and_what_is_left_of_it_does_not_count_as_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files_module, "PATIENCE", 0.1)

    def make(folder: Path) -> dict[str, str]:
        (folder / "program").touch()
        return {}

    folder = tmp_path / "kind" / "one"
    obtain(folder, make, Path.exists)
    with (folder / "program").open(encoding="utf-8"):
        assert not remove(folder)
    (folder / "program").unlink(missing_ok=True)
    obtain(folder, make, Path.exists)
    assert (folder / "program").exists()


def test_other_trouble_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "missing", tmp_path / "file")


KILLED = """
import os, signal, sys
from pathlib import Path
from harness.infra.files import scratch_folder
with scratch_folder(Path(sys.argv[1])), scratch_folder():
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.posix("SIGKILL")
def test_scratch_folders_of_killed_processes_are_removed_and_those_in_use_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, temporary = tmp_path / "cache", tmp_path / "temporary"
    (cache / "locks").mkdir(parents=True)
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", KILLED, str(cache / "locks")]
    assert subprocess.run(command, env=environment, cwd=ROOT, check=False, timeout=60).returncode == -signal.SIGKILL
    assert len(list(temporary.iterdir())) == len(list((cache / "locks").iterdir())) == 2
    with scratch_folder() as used:
        assert remove_abandoned(cache) == 2
        assert used.is_dir()
        assert list((cache / "locks").iterdir()) == []
    assert list(temporary.iterdir()) == []
