"""harness.interpreters.downloads with real uv and a server on loopback that has archives as uv's own have."""

from __future__ import annotations

import hashlib
import io
import json
import random
import sys
import sysconfig
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import final

import pytest

from harness.environments.provider import EnvironmentProvider
from harness.infra.packages.uv import find_uv
from harness.infra.process.supervisor import clean_environment, run
from harness.interpreters.candidates import VARIABLE
from harness.interpreters.downloads import PythonDownloads, provide_interpreters
from harness.interpreters.interpreter import Interpreters
from tests.support import environments
from tests.support.environments import KEY

pytestmark = pytest.mark.posix("programs that are scripts")

AUTOMATIC, REQUESTED = PythonDownloads.AUTOMATIC, PythonDownloads.REQUESTED
OTHER = "3.11" if KEY == "3.12" else "3.12"
UNKNOWN = "3.77"
# The very interpreter that runs the tests, found only by way of the archive.
ITSELF = f'exec "{getattr(sys, "_base_executable", sys.executable)}" "$@"'

SYSCONFIG = b"# system configuration generated and used by the sysconfig module\nbuild_time_vars = {}\n"

index_fixture = environments.index_fixture


@final
class Mirror:
    """A server on loopback with archives of interpreters, and the list of them that uv reads; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        """Method and path of every request."""
        self.list = folder / "downloads.json"
        self._archives: dict[str, bytes] = {}
        self._entries: dict[str, object] = {}
        self.port = 0

    def offer(self, key: str, text: str | None = ITSELF) -> None:
        """Offer an interpreter that is this shell script; None: the list names it and it is not there."""
        command = [find_uv(), "python", "list", "--only-downloads", "--output-format", "json", key]
        listed = run(command, env=_without_settings(), deadline=60)
        entry = next(each for each in json.loads(listed.stdout) if each["implementation"] == "cpython")
        name = f"cpython-{key}-install_only.tar.gz"
        content = _archive(key, text or "exit 1")
        if text is not None:
            self._archives[f"/{name}"] = content
        self._entries[entry["key"]] = {
            "name": "cpython",
            "arch": {"family": entry["arch"], "variant": None},
            **{part: entry[part] for part in ("os", "libc")},
            **{part: entry["version_parts"][part] for part in ("major", "minor", "patch")},
            "prerelease": "",
            "url": f"http://127.0.0.1:{self.port}/{name}",
            "sha256": hashlib.sha256(content).hexdigest(),
            "variant": None,
            "build": "20240101",
        }
        self.list.write_text(json.dumps(self._entries), encoding="utf-8")

    @property
    def fetched(self) -> list[str]:
        """The archives that were asked for, each as often as it was."""
        return [line.removeprefix("GET ") for line in self.asked if line.startswith("GET ")]

    def __enter__(self) -> Mirror:
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.asked.append(f"{self.command} {self.path}")
                content = mirror._archives.get(self.path)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(content or b"")

            do_HEAD = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Be unreachable from now on."""
        self._server.shutdown()
        self._server.server_close()


def _archive(key: str, text: str) -> bytes:
    """The layout that archives named `install_only` have."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        files = {
            **dict.fromkeys([f"bin/python{key}", "bin/python3"], f"#!/bin/sh\n{text}\n".encode()),
            # uv writes into this one where the interpreter is.
            f"lib/python{key}/{sysconfig._get_sysconfigdata_name()}.py": SYSCONFIG,
            "lib/padding": random.Random(0).randbytes(2_000_000),
        }
        for name, content in files.items():
            member = tarfile.TarInfo(f"python/{name}")
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in clean_environment().items() if not name.startswith("UV_")}


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """The only place that uv fetches interpreters from, on a machine without any."""
    for name in ("PATH", "PYENV_ROOT", "ASDF_DATA_DIR", "RYE_PY_ROOT"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    for name in (VARIABLE, "UV_OFFLINE", "UV_PYTHON_DOWNLOADS", "UV_PYTHON_PREFERENCE", "UV_NO_MANAGED_PYTHON"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with Mirror(tmp_path) as mirror:
        monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", str(mirror.list))
        monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "pythons"))
        monkeypatch.setenv("UV_PYTHON_CACHE_DIR", str(tmp_path / "archives"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield mirror


def provide(
    tmp_path: Path, *wanted: str, downloads: PythonDownloads = AUTOMATIC, said: list[str] | None = None
) -> tuple[Interpreters, list[str]]:
    """The interpreters, and what was said."""
    lines: list[str] = [] if said is None else said
    return provide_interpreters(wanted, downloads, lines.append, cache=tmp_path / "cache"), lines


def test_a_missing_interpreter_is_announced_then_fetched_found_and_used(
    mirror: Mirror, tmp_path: Path, index: object
) -> None:
    mirror.offer(KEY)
    at_that_time: list[list[str]] = []
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        at_that_time.append(list(mirror.fetched))

    found = provide_interpreters([KEY], AUTOMATIC, say, cache=tmp_path / "cache")
    assert lines == [f"Python {KEY}: fetching with uv, 2 MB, into ~/pythons; --no-install-pythons does without"]
    assert at_that_time == [[]]
    assert set(found.found) == {KEY}
    assert not found.missing
    made = EnvironmentProvider(tmp_path / "place", found).provide(environments.PLANNED)
    assert environments.ask(made, "spam.VERSION") == "1.0"
    # What is there now is not fetched again, nor is anything put on the user's PATH.
    assert provide(tmp_path, KEY)[1] == []
    assert len(mirror.fetched) == 1
    assert not (tmp_path / ".local" / "bin").exists()


def test_a_refusal_is_one_line_and_is_not_asked_for_again_within_an_hour_unless_requested(
    mirror: Mirror, tmp_path: Path
) -> None:
    mirror.offer(KEY, None)
    mirror.offer(OTHER, None)
    found, said = provide(tmp_path, KEY, OTHER)
    assert said[0].startswith(f"Python {KEY}, {OTHER}: fetching with uv, about 60 MB, into ")
    assert len(said) == 2
    assert said[1].startswith(f"Python {KEY}, {OTHER}: not fetched: ")
    assert "404" in said[1]
    assert found.missing == {
        key: f"not found on this machine. Run `uv python install {key}`, or put its path in {VARIABLE}"
        for key in (KEY, OTHER)
    }
    before = len(mirror.asked)
    _, said = provide(tmp_path, KEY, OTHER)
    assert len(said) == 1
    assert said[0].endswith("; tried a moment ago, --install-pythons tries again")
    assert len(mirror.asked) == before
    provide(tmp_path, KEY, downloads=REQUESTED)
    assert len(mirror.asked) > before


def test_a_failure_of_long_ago_or_of_another_way_is_tried_again(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.offer(KEY, None)
    provide(tmp_path, KEY)
    note = tmp_path / "cache" / "pythons-not-fetched.json"
    known = json.loads(note.read_text(encoding="utf-8"))
    note.write_text(json.dumps({**known, "made": known["made"] - 3000}), encoding="utf-8")
    assert "tried 50 minutes ago" in provide(tmp_path, KEY)[1][0]
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert len(provide(tmp_path, KEY)[1]) == 2
    monkeypatch.delenv("HTTPS_PROXY")
    note.write_text(json.dumps({**known, "made": known["made"] - 4000}), encoding="utf-8")
    mirror.offer(KEY)
    assert set(provide(tmp_path, KEY)[0].found) == {KEY}
    assert not note.exists()


def test_what_could_be_fetched_is_used_and_only_the_rest_is_said(mirror: Mirror, tmp_path: Path) -> None:
    mirror.offer(KEY)
    mirror.offer(OTHER, None)
    found, said = provide(tmp_path, KEY, OTHER)
    assert set(found.found) == {KEY}
    assert said[1].startswith(f"Python {OTHER}: not fetched: ")


def test_without_a_network_one_line_says_what_could_not_be_reached(mirror: Mirror, tmp_path: Path) -> None:
    mirror.offer(KEY)
    mirror.offer(OTHER)
    mirror.stop()
    found, said = provide(tmp_path, KEY, OTHER)
    assert set(found.missing) == {KEY, OTHER}
    assert len(said) == 2
    assert said[1].startswith(f"Python {KEY}, {OTHER}: not fetched: 127.0.0.1:{mirror.port}: ")
    assert "refused" in said[1]


@pytest.mark.parametrize(
    ("setting", "requested"),
    [
        ("UV_PYTHON_DOWNLOADS=never", []),
        ("UV_OFFLINE=1", []),
        ("UV_PYTHON_DOWNLOADS=manual", [KEY]),
        ("UV_PYTHON_PREFERENCE=only-system", [KEY]),
        ("UV_NO_MANAGED_PYTHON=true", [KEY]),
    ],
)
def test_a_setting_of_uv_is_honoured_and_named(
    setting: str, requested: list[str], mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.offer(KEY)
    name, _, value = setting.partition("=")
    monkeypatch.setenv(name, value)
    found, said = provide(tmp_path, KEY)
    assert set(found.missing) == {KEY}
    more = "" if not requested else "; --install-pythons fetches it nevertheless"
    assert said == [f"Python {KEY}: not fetched: {name} is {value}{more}"]
    assert not mirror.asked
    assert set(provide(tmp_path, KEY, downloads=REQUESTED)[0].found) == set(requested)


def test_the_setting_may_be_in_uvs_file(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror.offer(KEY)
    (tmp_path / "uv.toml").write_text('python-downloads = "never"\n', encoding="utf-8")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    assert provide(tmp_path, KEY)[1] == [f"Python {KEY}: not fetched: python-downloads in ~/uv.toml is never"]
    assert not mirror.asked


def test_what_uv_has_no_build_of_is_said_to_who_requests_it(mirror: Mirror, tmp_path: Path) -> None:
    mirror.offer(KEY)
    assert provide(tmp_path, UNKNOWN)[1] == []
    assert provide(tmp_path, UNKNOWN, downloads=REQUESTED)[1] == [
        f"Python {UNKNOWN}: not fetched: uv has no build of it"
    ]
    assert not mirror.asked


def test_nothing_is_fetched_for_who_does_not_want_it(mirror: Mirror, tmp_path: Path) -> None:
    mirror.offer(KEY)
    found, said = provide(tmp_path, KEY, downloads=PythonDownloads.NEVER)
    assert set(found.missing) == {KEY}
    assert (said, mirror.asked) == ([], [])
