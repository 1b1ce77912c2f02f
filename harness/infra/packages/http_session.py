"""Requests over the way that uv takes: the same proxy, certificates, and hosts trusted without any."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from ssl import PROTOCOL_TLS_CLIENT
from typing import Any

import requests
import truststore
import urllib3
from requests.adapters import HTTPAdapter

from harness.infra.packages.index_settings import IndexSettings


class _Adapter(HTTPAdapter):
    """Checks certificates as it was told to; requests would let a variable of the environment override that."""

    def __init__(self, verify: bool | str) -> None:  # noqa: FBT001 (the name that requests gives it)
        self._verify = verify
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **self._with_context(kwargs))

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, **self._with_context(kwargs))

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        return super().send(request, *args, **{**kwargs, "verify": self._verify})

    def _with_context(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        # The system's certificates are trusted, as pip does; requests brings its own.
        return {**kwargs, "ssl_context": truststore.SSLContext(PROTOCOL_TLS_CLIENT)} if self._verify is True else kwargs


@contextmanager
def http_session(settings: IndexSettings) -> Iterator[requests.Session]:
    """Give a session for as long as the context lasts; passwords of netrc and proxies of the environment hold too."""
    with requests.Session() as session:
        certificates = settings.certificates
        session.mount("https://", _Adapter(True if certificates is None else certificates.value))
        if settings.trusted_hosts:
            # Who names a host so knows that its certificate is not checked.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        for host in settings.trusted_hosts:
            session.mount(f"https://{host.removeprefix('https://')}", _Adapter(verify=False))
        if settings.client_certificate is not None:
            session.cert = settings.client_certificate.value
        if settings.proxy is not None:
            session.proxies = {"http": settings.proxy.value, "https": settings.proxy.value}
        yield session


def answers(settings: IndexSettings, urls: Sequence[str], *, seconds: float) -> list[int] | None:
    """Return the length that the server of each URL tells within `seconds`, 0 for those that tell none.

    None: no server answered anything.
    """
    lengths: dict[str, int] = {}

    def ask(url: str) -> None:
        with suppress(requests.RequestException, OSError), http_session(settings) as session:
            answer = session.head(url, allow_redirects=True, timeout=seconds)
            lengths[url] = int(answer.headers.get("Content-Length", 0)) if answer.ok else 0

    # Looking up a name has no time-out of its own: such a thread is left behind.
    threads = [threading.Thread(target=ask, args=(url,), daemon=True) for url in dict.fromkeys(urls)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    known = dict(lengths)
    return [known.get(url, 0) for url in urls] if known else None
