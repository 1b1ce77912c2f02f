"""The server on loopback that inline requests go to."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from harness.infra.process.supervisor import clean_environment, run
from harness.runner import loopback_server as module
from harness.runner.loopback_server import NoLoopbackError, _Handler, loopback_server


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


@pytest.mark.no_network
def test_without_loopback_it_says_so() -> None:
    script = "from harness.runner.loopback_server import loopback_server as serve\nwith serve(): pass"
    command = ["unshare", "--net", sys.executable, "-c", script]
    done = run(command, env=clean_environment({"PYTHONPATH": str(Path.cwd())}), deadline=120)
    assert "NoLoopbackError: loopback (127.0.0.1): a server of this machine cannot be reached there" in done.stderr


def test_what_another_program_answers_in_its_place_is_not_taken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Handler, "do_GET", lambda handler: handler.send_error(502))
    with pytest.raises(NoLoopbackError, match="something else answers"), loopback_server():
        pass


def test_a_post_is_answered_with_what_was_sent() -> None:
    with loopback_server() as server, urlopen(f"{server}/echo/", data=b"a=1&b=\xff", timeout=30) as answer:
        assert answer.read() == b"a=1&b=\xff"
    with loopback_server() as server, pytest.raises(HTTPError) as caught:
        urlopen(f"{server}/elsewhere", data=b"x", timeout=30)
    caught.value.close()


def test_a_slow_answer_takes_as_long_as_the_path_says(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(module.time, "sleep", slept.append)
    with loopback_server() as server:
        with urlopen(f"{server}/slow/2.5/some%20text", timeout=30) as answer:
            assert answer.read() == b"some text"
        for wrong in ("slow/text", "slow/1e9/text", "slow/-1/text"):
            with pytest.raises(HTTPError) as caught:
                urlopen(f"{server}/{wrong}", timeout=30)
            caught.value.close()
    assert [each for each in slept if each] == [2.5]
