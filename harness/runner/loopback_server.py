"""The HTTP server on loopback that inline requests go to; it runs outside the cells, in the harness."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from harness.infra.errors import ExitCode, HarnessError

_HOST = "127.0.0.1"
_PATIENCE = 30.0
"""Seconds in which it has to answer, however busy the machine is."""

_SECONDS = re.compile(r"\d{1,2}(\.\d{1,3})?")
_MOST_SENT = 1 << 20
"""Bytes of a request that are answered."""


class NoLoopbackError(HarnessError):
    """No process of this machine can reach another one on loopback: no cell that asks for something can be believed."""

    exit_code = ExitCode.INCOMPLETE


class _Handler(BaseHTTPRequestHandler):
    """`/echo/<text>` answers with the text, a POST to it with what was sent; `/slow/<seconds>/<text>` takes its time.

    Anything else is 404.
    """

    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """Answer with the text of the path."""
        place, text = self._asked()
        if place == "slow":
            seconds, _, text = text.partition("/")
            place = "echo" if _SECONDS.fullmatch(seconds) else ""
            time.sleep(float(seconds) if place else 0)
        self._answer(200 if place == "echo" else 404, unquote(text).encode() if place == "echo" else b"")

    def do_POST(self) -> None:
        """Answer with what was sent."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= _MOST_SENT:
            # What is not read would be taken for the next request.
            self.close_connection = True
            self._answer(413, b"")
            return
        sent = self.rfile.read(length)
        found = self._asked()[0] == "echo"
        self._answer(200 if found else 404, sent if found else b"")

    def _asked(self) -> tuple[str, str]:
        place, _, text = urlsplit(self.path).path.removeprefix("/").partition("/")
        return place, text

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
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
    """Serve while the context lasts; gives the base URL, e.g. `http://127.0.0.1:40123`.

    Raises `NoLoopbackError` where it cannot be reached.
    """
    try:
        server = _Server((_HOST, 0), _Handler)
    except OSError as error:
        raise _no_loopback(error) from error
    # The interval is what shutting down may take; requests are served at once.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="loopback-server", daemon=True)
    thread.start()
    try:
        _ask(server.server_address[1])
        yield f"http://{_HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _ask(port: int) -> None:
    """Ask the server as a cell will, on the way of no proxy; raises `NoLoopbackError`."""
    connection = HTTPConnection(_HOST, port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/echo/here")
        answer = connection.getresponse().read()
    except (OSError, HTTPException) as error:
        raise _no_loopback(error) from error
    finally:
        connection.close()
    if answer != b"here":
        raise _no_loopback(ValueError("something else answers there"))


def _no_loopback(error: Exception) -> NoLoopbackError:
    return NoLoopbackError(
        value=f"loopback ({_HOST})",
        cause=f"a server of this machine cannot be reached there: {error}",
        action="bring the interface up (`ip link set lo up`), or let programs connect to it, then run the same again",
    )
