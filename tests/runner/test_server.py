"""The server on loopback that inline requests go to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from harness.runner.loopback_server import loopback_server


def test_it_answers_with_the_text_asked_for_also_to_many_at_once() -> None:
    with loopback_server() as server, ThreadPoolExecutor(8) as pool:
        assert server.startswith("http://127.0.0.1:")

        def ask(number: int) -> bytes:
            with urlopen(f"{server}/echo/value%20{number}", timeout=30) as answer:
                return bytes(answer.read())

        assert list(pool.map(ask, range(40))) == [f"value {number}".encode() for number in range(40)]


def test_anything_else_is_not_found() -> None:
    with loopback_server() as server, pytest.raises(HTTPError) as caught:
        urlopen(f"{server}/secret", timeout=30)
    assert caught.value.code == 404
    caught.value.close()
