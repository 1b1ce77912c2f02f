"""The HTTP server on loopback that inline requests go to; it runs outside the cells, in the harness."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


class _Handler(BaseHTTPRequestHandler):
    """`/echo/<text>` answers with the text; anything else is 404."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """Answer one request."""
        place, _, text = urlsplit(self.path).path.removeprefix("/").partition("/")
        body = unquote(text).encode() if place == "echo" else b""
        self.send_response(200 if place == "echo" else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged: what a cell asked for is to be seen in the cell."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Its port is one that nobody has. On Windows, reusing addresses would let another server have it as well.
    allow_reuse_address = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A cell that was killed in the middle of a request is no error of the server's."""


@contextmanager
def loopback_server() -> Iterator[str]:
    """Serve while the context lasts; gives the base URL, e.g. `http://127.0.0.1:40123`."""
    server = _Server(("127.0.0.1", 0), _Handler)
    # The interval is what shutting down may take; requests are served at once.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="loopback-server", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
