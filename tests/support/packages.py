"""Small packages and a package index on loopback, for tests that resolve and install without the network."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import ssl
import tarfile
import threading
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import final

DAY = "2020-01-02"
"""The day everything is published on unless told otherwise."""

BACKEND = """
def get_requires_for_build_wheel(config_settings=None):
    return []
def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    import os
    folder = os.path.join(metadata_directory, "{name}-{version}.dist-info")
    os.makedirs(folder)
    with open(os.path.join(folder, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    return os.path.basename(folder)
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    raise RuntimeError("no compiler can build this")
"""


def wheel(name: str, version: str, *, requires: Sequence[str] = (), files: Mapping[str, str] | None = None) -> bytes:
    """A pure wheel with one module `<name>.py` (or `files`) that has `VERSION`."""
    content = dict(files) if files is not None else {f"{name}.py": f"VERSION = {version!r}\n"}
    info = f"{name}-{version}.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
    content[f"{info}/METADATA"] = "\n".join(metadata) + "\n"
    content[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    rows = []
    for path, text in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        rows.append(f"{path},sha256={digest},{len(text.encode())}")
    content[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]) + "\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in content.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 2, 0, 0, 0)), text)
    return buffer.getvalue()


def unbuildable(name: str, version: str) -> bytes:
    """A source archive whose metadata can be had and whose build fails, without the network."""
    project = f'[project]\nname = "{name}"\nversion = "{version}"\n'
    project += '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    files = {"pyproject.toml": project, "backend.py": BACKEND.format(name=name, version=version)}
    files["PKG-INFO"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


@final
@dataclass
class Index:
    """A package index on loopback that speaks the JSON simple API; a context manager."""

    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    """By file name: content and day of publication."""
    port: int = 0
    password: str = ""
    """Of the user `someone`, to whom alone it answers; empty: to everybody."""
    astray: str = ""
    """What it does with all that is asked of it: `login` (the page of one, as a success), `loop` (redirects); empty:
    it answers."""
    tls: ssl.SSLContext | None = None
    """With the certificate that it shows; None: it speaks HTTP."""

    def publish(self, name: str, version: str, *, day: str = DAY, requires: Sequence[str] = ()) -> None:
        """Add a wheel."""
        self.files[f"{name}-{version}-py3-none-any.whl"] = (wheel(name, version, requires=requires), day)

    def publish_unbuildable(self, name: str, version: str) -> None:
        """Add a source archive that does not build."""
        self.files[f"{name}-{version}.tar.gz"] = (unbuildable(name, version), DAY)

    @property
    def url(self) -> str:
        """The value for `UV_DEFAULT_INDEX`."""
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self.port}/simple"

    def page(self, name: str) -> bytes | None:
        """The project page of `name`."""
        listed = []
        for file, (content, day) in self.files.items():
            if file.lower().replace("_", "-").startswith(f"{name}-"):
                hashes = {"sha256": hashlib.sha256(content).hexdigest()}
                entry = {"filename": file, "url": f"../../files/{file}", "hashes": hashes, "size": len(content)}
                listed.append({**entry, "upload-time": f"{day}T12:00:00Z"})
        page = {"meta": {"api-version": "1.1"}, "name": name, "versions": [], "files": listed}
        return json.dumps(page).encode() if listed else None

    def __enter__(self) -> Index:
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if index.password and self.headers["Authorization"] != _basic("someone", index.password):
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="tests"')
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                if index.astray:
                    page = b'<!DOCTYPE html><title>Sign in</title><form><a href="/help">Help</a></form>'
                    self.send_response(200 if index.astray == "login" else 302)
                    self.send_header("Location", self.path)
                    self.send_header("Content-Type", "text/html; charset=utf-8")
                    self.send_header("Content-Length", str(len(page)))
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(page)
                    return
                kind, _, name = self.path.strip("/").partition("/")
                body = index.page(name) if kind == "simple" else index.files.get(name, (None, ""))[0]
                self.send_response(200 if body is not None else 404)
                json_type = "application/vnd.pypi.simple.v1+json"
                self.send_header("Content-Type", json_type if kind == "simple" else "application/octet-stream")
                self.send_header("Cache-Control", "no-cache")
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body or b"")

            do_HEAD = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Be unreachable from now on."""
        self._server.shutdown()
        self._server.server_close()
