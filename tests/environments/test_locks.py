"""harness.environments.locks with real uv and a package index on loopback."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from harness.environments.lock_request import LockRequest, local_path, resolution_arguments
from harness.environments.lockfiles import entries
from harness.environments.locks import Lock, Locks, content_hash
from harness.infra.packages.index import IndexUnavailableError, fetch_releases
from harness.interpreters.interpreter import Interpreter
from harness.interpreters.search import find_interpreters
from harness.model.outcome import Outcome
from tests.support.packages import Index


@pytest.fixture(scope="module")
def interpreter() -> Interpreter:
    key = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return find_interpreters([key], extra=[Path(sys.executable)]).found[key]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    with Index() as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        yield index


@pytest.fixture
def request_(interpreter: Interpreter) -> LockRequest:
    return LockRequest(requirement="spam==1.0", interpreter=interpreter)


def age(cache: Path, seconds: float) -> None:
    """Make every lock in `cache` that much older."""
    for path in (cache / "locks").glob("*.json"):
        told = json.loads(path.read_text())
        told["made"] -= seconds
        path.write_text(json.dumps(told))


def names(lock: Lock) -> list[str]:
    assert lock.status is None, lock.reason
    return [f"{entry.name} {entry.version}" for entry in entries(lock.text)]


def test_a_lock_has_every_package_with_its_hash_and_no_index(
    index: Index, request_: LockRequest, tmp_path: Path
) -> None:
    index.publish("spam", "1.0", requires=["eggs>=2"])
    index.publish("eggs", "2.5")
    lock = Locks(tmp_path).get(request_)
    assert names(lock) == ["eggs 2.5", "spam 1.0"]
    assert all(entry.hashed for entry in entries(lock.text))
    assert "127.0.0.1" not in lock.text


def test_what_was_published_on_the_cut_off_day_exists_and_the_day_after_not(
    index: Index, request_: LockRequest, tmp_path: Path
) -> None:
    for version, day in (("1.0", "2020-01-01"), ("2.0", "2020-01-02"), ("3.0", "2020-01-03")):
        index.publish("spam", version, day=day)
    request = replace(request_, requirement="spam", exclude_newer="2020-01-02")
    assert names(Locks(tmp_path).get(request)) == ["spam 2.0"]
    exempt = replace(request, exempt={"spam": "2020-01-03"})
    assert names(Locks(tmp_path).get(exempt)) == ["spam 3.0"]


def test_a_cut_off_day_ends_in_utc_wherever_the_machine_is(request_: LockRequest) -> None:
    arguments = resolution_arguments(replace(request_, exclude_newer="2020-12-31", exempt={"spam": "2024-02-28"}))
    assert "2021-01-01T00:00:00Z" in arguments
    assert "spam=2024-02-29T00:00:00Z" in arguments


def test_constraints_hold_back_what_is_needed_and_ask_for_nothing(
    index: Index, request_: LockRequest, tmp_path: Path
) -> None:
    index.publish("spam", "1.0", requires=["eggs"])
    for name in ("eggs", "bacon"):
        for version in ("1.0", "2.0"):
            index.publish(name, version)
    lock = Locks(tmp_path).get(replace(request_, constraints=("eggs<2", "bacon<2")))
    assert names(lock) == ["eggs 1.0", "spam 1.0"]


def test_what_the_user_set_for_other_work_does_not_change_a_resolution(
    index: Index, request_: LockRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.publish("spam", "1.0")
    index.publish("spam", "2.0")
    monkeypatch.setenv("UV_RESOLUTION", "lowest")
    monkeypatch.setenv("UV_EXCLUDE_NEWER", "2019-01-01")
    assert names(Locks(tmp_path).get(replace(request_, requirement="spam"))) == ["spam 2.0"]


def test_a_lock_with_a_cut_off_is_good_for_ever(index: Index, request_: LockRequest, tmp_path: Path) -> None:
    index.publish("spam", "1.0")
    request = replace(request_, exclude_newer="2020-06-01")
    first = Locks(tmp_path).get(request)
    index.stop()
    age(tmp_path, 1000 * 24 * 3600)
    assert Locks(tmp_path, refresh=True).get(request) == first


def test_a_cut_off_day_that_is_not_over_is_like_none(index: Index, request_: LockRequest, tmp_path: Path) -> None:
    index.publish("spam", "1.0")
    request = replace(request_, requirement="spam", exclude_newer="2999-01-01")
    assert names(Locks(tmp_path).get(request)) == ["spam 1.0"]
    index.publish("spam", "2.0")
    assert names(Locks(tmp_path).get(request)) == ["spam 1.0"]
    age(tmp_path, 25 * 3600)
    assert names(Locks(tmp_path).get(request)) == ["spam 2.0"]


def test_a_lock_without_a_cut_off_is_good_for_a_day_or_until_refreshed(
    index: Index, request_: LockRequest, tmp_path: Path
) -> None:
    request = replace(request_, requirement="spam")
    index.publish("spam", "1.0")
    assert names(Locks(tmp_path).get(request)) == ["spam 1.0"]
    index.publish("spam", "2.0")
    assert names(Locks(tmp_path).get(request)) == ["spam 1.0"]
    refreshing = Locks(tmp_path, refresh=True)
    assert names(refreshing.get(request)) == ["spam 2.0"]
    index.publish("spam", "3.0")
    assert names(refreshing.get(request)) == ["spam 2.0"]
    age(tmp_path, 25 * 3600)
    assert names(Locks(tmp_path).get(request)) == ["spam 3.0"]


def test_an_impossible_resolution_is_data_and_kept(index: Index, request_: LockRequest, tmp_path: Path) -> None:
    index.publish("spam", "1.0", requires=["eggs>=2"])
    index.publish("eggs", "1.0")
    lock = Locks(tmp_path).get(request_)
    assert lock.status is Outcome.UNINSTALLABLE
    assert lock.reason is not None
    assert "eggs>=2" in lock.reason
    assert "\n" not in lock.reason
    assert "No solution found" in lock.text
    index.stop()
    assert Locks(tmp_path).get(request_) == lock


def test_an_unreachable_index_is_nobodys_fault_and_not_kept(
    index: Index, request_: LockRequest, tmp_path: Path
) -> None:
    index.stop()
    lock = Locks(tmp_path).get(request_)
    assert lock.status is Outcome.NOT_RUN
    assert lock.reason is not None
    assert lock.reason.startswith("the package index cannot be reached")
    assert not list((tmp_path / "locks").glob("*.json"))


def test_an_older_lock_serves_while_the_index_is_away_and_says_so(
    index: Index, request_: LockRequest, tmp_path: Path
) -> None:
    index.publish("spam", "1.0")
    first = Locks(tmp_path).get(request_)
    index.stop()
    age(tmp_path, 30 * 3600)
    again = Locks(tmp_path).get(request_)
    assert (again.status, again.text) == (None, first.text)
    assert again.note is not None
    assert "cannot be reached" in again.note


def test_a_damaged_lock_is_made_again(index: Index, request_: LockRequest, tmp_path: Path) -> None:
    index.publish("spam", "1.0")
    first = Locks(tmp_path).get(request_)
    for path in (tmp_path / "locks").glob("*.json"):
        path.write_text(path.read_text()[:40])
    assert Locks(tmp_path).get(request_) == first


def test_no_credentials_are_kept(
    index: Index, request_: LockRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.publish("spam", "1.0")
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url.replace("//", "//someone:open-sesame@"))
    direct = f"http://someone:open-sesame@127.0.0.1:{index.port}/files/spam-1.0-py3-none-any.whl"
    locks = Locks(tmp_path / "cache")
    for requirement in ("spam==1.0", "spam==2.0", f"spam @ {direct}"):
        lock = locks.get(replace(request_, requirement=requirement))
        assert "open-sesame" not in repr(lock)
    kept = [path.read_text() for path in (tmp_path / "cache").rglob("*.json")]
    assert len(kept) == 3
    assert not [text for text in kept if "open-sesame" in text]


def test_a_checkout_is_known_by_its_content(request_: LockRequest, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "package").mkdir(parents=True)
    (checkout / "package" / "module.py").write_text("a = 1\n")
    assert local_path(f"scrapy @ {checkout.as_uri()}") == checkout
    before = content_hash(checkout)
    (checkout / ".git").mkdir()
    (checkout / ".git" / "HEAD").write_text("x")
    (checkout / "package" / "__pycache__").mkdir()
    (checkout / "package" / "__pycache__" / "module.pyc").write_text("x")
    assert content_hash(checkout) == before
    (checkout / "package" / "module.py").write_text("a = 2\n")
    assert content_hash(checkout) != before


@pytest.mark.parametrize("requirement", ["scrapy==2.0", "scrapy[s3]>=2", "scrapy @ git+https://example.org/s.git@main"])
def test_other_requirements_point_at_nothing_on_this_machine(requirement: str) -> None:
    assert local_path(requirement) is None


def test_locks_are_made_once_for_many_threads(index: Index, request_: LockRequest, tmp_path: Path) -> None:
    index.publish("spam", "1.0")
    locks = Locks(tmp_path)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: locks.get(request_), range(6)))
    assert len(set(map(repr, found))) == 1
    assert len(list((tmp_path / "locks").glob("*.json"))) == 1


@pytest.mark.parametrize(("astray", "reason"), [("login", "none of a package index"), ("loop", "redirect")])
def test_an_index_that_answers_with_a_login_or_leads_in_a_circle_is_no_fact_about_packages(
    index: Index, request_: LockRequest, tmp_path: Path, astray: str, reason: str
) -> None:
    index.publish("spam", "1.0")
    index.astray = astray
    lock = Locks(tmp_path).get(request_)
    assert (lock.status, lock.text != "") == (Outcome.NOT_RUN, True)
    assert lock.reason is not None
    assert lock.reason.startswith("the package index cannot be reached")
    assert reason in lock.reason
    index.astray = ""
    # uv has kept the page.
    assert names(Locks(tmp_path).get(request_)) == ["spam 1.0"]


def test_what_uv_has_kept_of_an_index_that_went_astray_is_asked_for_again(
    index: Index, request_: LockRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.publish("spam", "1.0")
    index.astray = "login"
    settings = f'[[index]]\nurl = "{index.url}"\ndefault = true\ncache-control = {{ api = "max-age=600" }}\n'
    monkeypatch.setattr("harness.environments.locks.cache_settings", lambda: settings)
    monkeypatch.delenv("UV_DEFAULT_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    assert Locks(tmp_path).get(request_).status is Outcome.NOT_RUN
    index.astray = ""
    assert names(Locks(tmp_path).get(request_)) == ["spam 1.0"]


def test_nor_does_such_an_index_say_which_releases_there_are(index: Index) -> None:
    index.publish("spam", "1.0")
    assert len(fetch_releases("spam", index.url)) == 1
    index.astray = "login"
    with pytest.raises(IndexUnavailableError, match="none of a package index"):
        fetch_releases("spam", index.url)
