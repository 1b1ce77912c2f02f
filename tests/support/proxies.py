"""A proxy on loopback, for tests of what goes through one."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import final
from urllib.request import ProxyHandler, Request, build_opener


@final
class Proxy:
    """Passes plain requests on and tunnels the others; a context manager."""

    def __init__(self, target: int | None = None) -> None:
        """`target`: the port of this machine that stands for every other machine; None: each for itself."""
        self.asked: list[str] = []
        """The address of every request, the host and port of every tunnel."""
        self._target = target
        self.port = 0

    @property
    def url(self) -> str:
        """The value for `HTTPS_PROXY`, or pip's `proxy`."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Proxy:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                proxy.asked.append(self.path)
                url = self.path if proxy._target is None else _at(self.path, proxy._target)
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                opener = build_opener(ProxyHandler({}))
                with opener.open(Request(url, headers=headers, method=self.command), timeout=30) as answer:
                    body = answer.read()
                    self.send_response(answer.status)
                    self.send_header("Content-Type", answer.headers["Content-Type"])
                    self.send_header("Content-Length", answer.headers["Content-Length"])
                    self.end_headers()
                    self.wfile.write(body)

            do_HEAD = do_GET  # noqa: N815

            def do_CONNECT(self) -> None:
                proxy.asked.append(self.path)
                host, _, port = self.path.rpartition(":")
                address = (host, int(port)) if proxy._target is None else ("127.0.0.1", proxy._target)
                with socket.create_connection(address, timeout=30) as there:
                    self.send_response(200)
                    self.end_headers()
                    back = threading.Thread(target=_pump, args=(there, self.connection), daemon=True)
                    back.start()
                    _pump(self.connection, there)
                    back.join(30)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _at(url: str, port: int) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://127.0.0.1:{port}/{rest.partition('/')[2]}"


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # The other side has gone.
