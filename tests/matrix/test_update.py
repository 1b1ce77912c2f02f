from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.infra import resources
from harness.infra.errors import ConfigurationError, StorageError
from harness.infra.packages.index import IndexUnavailableError, configured_index, fetch_releases
from harness.matrix.load import load_matrix
from harness.matrix.new_releases import Update, update_matrix

MATRIX = resources.matrix_file().read_text(encoding="utf-8")

Serve = Callable[..., str]


def upload(
    version: str, day: str, *, yanked: bool = False, requires: str | None = ">=3.10", kind: str = "wheel"
) -> dict[str, object]:
    name = f"scrapy-{version}-py3-none-any.whl" if kind == "wheel" else f"scrapy-{version}.tar.gz"
    return {
        "filename": name,
        "url": f"files/{name}",
        "hashes": {},
        "upload-time": f"{day}T10:00:00.000000Z",
        "yanked": yanked,
        **({} if requires is None else {"requires-python": requires}),
    }


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A package index on loopback: called with the files of Scrapy, it gives its URL."""
    servers: list[ThreadingHTTPServer] = []

    def start(files: list[dict[str, object]], *, status: int = 200) -> str:
        page = {"meta": {"api-version": "1.1"}, "name": "scrapy", "files": files, "versions": []}
        body = json.dumps(page).encode()

        class Index(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path == "/simple/scrapy/"
                self.send_response(status if found else 404)
                self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/simple/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    path = tmp_path / "matrix.toml"
    path.write_text(MATRIX, encoding="utf-8")
    return path


def lines_changed(path: Path) -> tuple[list[str], list[str]]:
    before, after = MATRIX.splitlines(), path.read_text(encoding="utf-8").splitlines()
    return [line for line in before if line not in after], [line for line in after if line not in before]


def test_a_new_minor_is_added_at_the_end_and_nothing_else_changes(matrix: Path, serve: Serve) -> None:
    index = serve(
        [
            upload("2.20.0", "2026-11-02", kind="sdist"),
            upload("2.20.0", "2026-11-01"),
            upload("2.20.1", "2026-11-20", requires=">=3.11"),
        ]
    )
    assert [(u.version, u.previous) for u in update_matrix(matrix, index)] == [("2.20.1", None)]
    removed, added = lines_changed(matrix)
    assert removed == []
    assert added == [
        '  { version = "2.20.1", first = 2026-11-01, released = 2026-11-20, requires-python = ">=3.11" },',
    ]
    assert load_matrix(matrix).scrapys[-1].label == "2.20.1"


def test_a_minor_moves_to_its_newest_patch_in_its_place(matrix: Path, serve: Serve) -> None:
    index = serve([upload("2.13.4", "2025-11-17"), upload("2.13.10", "2026-11-20"), upload("2.13.9", "2026-11-19")])
    (update,) = update_matrix(matrix, index)
    assert (update.version, update.previous) == ("2.13.10", "2.13.4")
    removed, added = lines_changed(matrix)
    assert removed == [
        '  { version = "2.13.4", first = 2025-05-08, released = 2025-11-17, requires-python = ">=3.9" },'
    ]
    assert added == [
        '  { version = "2.13.10", first = 2025-05-08, released = 2026-11-20, requires-python = ">=3.10" },'
    ]


def test_yanked_releases_pre_releases_and_minors_left_out_are_not_taken(matrix: Path, serve: Serve) -> None:
    matrix.write_text("".join(line for line in MATRIX.splitlines(keepends=True) if '"2.5.1"' not in line))
    before = matrix.read_bytes()
    index = serve(
        [
            upload("2.5.1", "2021-10-05"),
            upload("2.13.5", "2026-11-20", yanked=True),
            upload("2.20.0rc1", "2026-11-20"),
            upload("1.8.4", "2024-02-14"),
        ]
    )
    assert update_matrix(matrix, index) == ()
    assert matrix.read_bytes() == before


def test_updating_twice_changes_nothing_more(matrix: Path, serve: Serve) -> None:
    index = serve([upload("2.20.0", "2026-11-20"), upload("2.21.0", "2026-12-20")])
    assert len(update_matrix(matrix, index)) == 2
    before = matrix.read_bytes()
    assert update_matrix(matrix, index) == ()
    assert matrix.read_bytes() == before


def test_line_ends_comments_and_odd_spacing_stay(matrix: Path, serve: Serve) -> None:
    odd = MATRIX.replace('{ version = "2.1.0",', '{version="2.1.0",').replace("pythons = [", "pythons = [ # why")
    matrix.write_bytes(odd.replace("\n", "\r\n").encode())
    update_matrix(matrix, serve([upload("2.13.5", "2026-11-20", requires=">=3.9")]))
    expected = odd.replace('"2.13.4"', '"2.13.5"').replace("released = 2025-11-17", "released = 2026-11-20")
    assert matrix.read_bytes() == expected.replace("\n", "\r\n").encode()


def test_a_direct_reference_is_left_alone(matrix: Path, serve: Serve) -> None:
    main = '{ name = "main", requirement = "https://example.org/s", version = "2.20.0", requires-python = ">=3.10" }'
    entry = f"  {main},\n"
    matrix.write_text(MATRIX.replace("scrapy = [\n", f"scrapy = [\n{entry}", 1))
    (update,) = update_matrix(matrix, serve([upload("2.20.0", "2026-11-20")]))
    assert update == Update(version="2.20.0", previous=None, released=update.released)
    assert entry in matrix.read_text()


def test_a_file_that_cannot_be_replaced_is_an_error_and_stays_whole(
    matrix: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match="No space left"):
        update_matrix(matrix, serve([upload("2.20.0", "2026-11-20")]))
    assert matrix.read_text(encoding="utf-8") == MATRIX
    assert [path.name for path in matrix.parent.iterdir()] == ["matrix.toml"]


def test_an_index_that_answers_with_an_error_is_named_with_what_to_do(matrix: Path, serve: Serve) -> None:
    index = serve([], status=503)
    with pytest.raises(IndexUnavailableError) as caught:
        update_matrix(matrix, index)
    assert index in str(caught.value)
    assert "503" in str(caught.value)
    assert "UV_DEFAULT_INDEX" in caught.value.action


def test_an_index_that_does_not_answer_is_named_without_its_password(serve: Serve) -> None:
    with pytest.raises(IndexUnavailableError) as caught:
        fetch_releases("scrapy", "http://someone:secret@127.0.0.1:1/simple/")
    assert "127.0.0.1:1" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_index_without_the_project_or_without_days_says_so(serve: Serve) -> None:
    with pytest.raises(IndexUnavailableError, match="does not know parsel"):
        fetch_releases("parsel", serve([]))
    undated = upload("2.20.0", "2026-11-20")
    del undated["upload-time"]
    with pytest.raises(IndexUnavailableError, match=r"does not tell when scrapy 2\.20\.0 was uploaded"):
        fetch_releases("scrapy", serve([undated]))


def test_a_matrix_that_cannot_be_read_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        update_matrix(tmp_path / "none.toml", "http://127.0.0.1:1/simple/")


@pytest.mark.index
def test_the_shipped_matrix_agrees_with_the_package_index(matrix: Path) -> None:
    releases = {str(release.version): release for release in fetch_releases("scrapy", configured_index())}
    for scrapy in load_matrix(matrix).scrapys:
        assert releases[scrapy.label].day == scrapy.released
        minor = [
            release.day for release in releases.values() if release.version.release[:2] == scrapy.version.release[:2]
        ]
        assert min(minor) == scrapy.first
        assert releases[scrapy.label].requires_python == str(scrapy.requires_python)
