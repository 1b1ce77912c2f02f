"""harness.infra.packages.index_settings: what is set for pip holds for uv and for requests; with real uv, indexes and a
proxy."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pypi_simple
import pytest
import trustme

from harness.environments.lock_request import LockRequest
from harness.environments.locks import Lock, Locks
from harness.environments.provider import EnvironmentProvider
from harness.infra.packages.index import IndexUnavailableError, cache_settings, configured_index, fetch_releases
from harness.infra.packages.index_settings import IndexSettings, index_settings
from harness.infra.user_files import pip_files
from harness.interpreters.interpreter import Interpreters
from harness.model.outcome import Outcome
from tests.support import environments
from tests.support.packages import Index
from tests.support.proxies import Proxy

interpreters_fixture = environments.interpreters_fixture
place_fixture = environments.place_fixture

FILES = ("UV_CONFIG_FILE", "PIP_CONFIG_FILE", "NETRC")
SET_HERE = ("CERT", "PROXY", "INDEX", "FIND_LINKS", "BUNDLE", "INSECURE", "TRUSTED")


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's settings, a cache of uv's own, and one attempt for each request."""
    for name in list(os.environ):
        if any(word in name.upper() for word in SET_HERE):
            monkeypatch.delenv(name)
    for name in FILES:
        monkeypatch.setenv(name, str(tmp_path / "none"))
    (tmp_path / "none").touch(mode=0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    # Those that every machine has.
    monkeypatch.setattr("harness.infra.packages.index_settings.pip_files", _named_only)


def _named_only(environ: os._Environ[str] | dict[str, str]) -> list[Path]:
    return [Path(environ["PIP_CONFIG_FILE"])] if "PIP_CONFIG_FILE" in environ else []


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as index:
        fill(index)
        yield index


@pytest.fixture
def request_(interpreters: Interpreters) -> LockRequest:
    return LockRequest(requirement="spam", interpreter=interpreters.found[environments.KEY])


def fill(index: Index) -> None:
    index.publish("spam", "1.0", requires=["eggs"])
    index.publish("eggs", "2.0")


def settings(tmp_path: Path, *, pip: str = "", uv: str = "", **environ: str) -> IndexSettings:
    """What is made of files with this content and these variables."""
    (tmp_path / "pip.conf").write_text(pip, encoding="utf-8")
    (tmp_path / "uv.toml").write_text(uv, encoding="utf-8")
    files = {"UV_CONFIG_FILE": str(tmp_path / "uv.toml"), "PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    return index_settings({**files, **environ})


def test_the_index_of_uv_is_before_that_of_pip_and_a_variable_before_a_file(tmp_path: Path) -> None:
    uv = '[[index]]\nurl = "https://extra.example/"\n[[index]]\nurl = "https://uv.example/"\ndefault = true\n'
    pip = "[global]\nindex-url = https://pip.example/%(not-interpolated)s\n"
    environ = {"UV_DEFAULT_INDEX": "mine=https://a.example/", "UV_INDEX_URL": "https://b.example/"}
    environ["PIP_INDEX_URL"] = "https://c.example/"
    seen = []
    for name in [*environ, ""]:
        found = settings(tmp_path, pip=pip, uv=uv, **environ).index
        seen.append((found.value, found.origin) if found is not None else None)
        environ.pop(name, None)
    assert seen[:2] == [("https://a.example/", "UV_DEFAULT_INDEX"), ("https://b.example/", "UV_INDEX_URL")]
    assert seen[2] == seen[3] == ("https://uv.example/", "index-url in ~/uv.toml")
    of_pip = [settings(tmp_path, pip=pip, **each).index for each in ({"PIP_INDEX_URL": "https://c.example/"}, {})]
    assert [each and each.origin for each in of_pip] == ["PIP_INDEX_URL", "index-url in ~/pip.conf"]
    assert of_pip[1] is not None and of_pip[1].value == "https://pip.example/%(not-interpolated)s"


def test_without_settings_it_is_the_librarys_own_default_and_uv_is_told_of_no_index(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert (found.index, found.arguments, found.sources) == (None, (), {})
    assert set(found.variables) <= {"UV_SYSTEM_CERTS", "UV_NATIVE_TLS"}
    assert configured_index() == pypi_simple.PYPI_SIMPLE_ENDPOINT


def test_how_long_answers_are_good_is_said_of_the_default_index_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pypi_simple.PYPI_SIMPLE_ENDPOINT.rstrip("/") in cache_settings()
    monkeypatch.setenv("PIP_INDEX_URL", "https://a.example/")
    assert not cache_settings()


def test_every_option_of_pip_has_its_variable_of_uv(tmp_path: Path) -> None:
    there = tmp_path / "wheels"
    there.mkdir()
    pip = f"""[global]
find-links =
    {there}
    {tmp_path / "gone"}
extra-index-url = https://more.example/ {(tmp_path / "gone").as_uri()}
cert = /etc/ours.pem
client-cert = /etc/me.pem
proxy = proxy.example:3128
[install]
trusted_host = ours.example
"""
    found = settings(tmp_path, pip=pip, PIP_INDEX_URL="https://mirror.example/")
    proxies = {name: value for name, value in found.variables.items() if name.lower().endswith("_proxy")}
    assert {name: value for name, value in found.variables.items() if name not in proxies} == {
        "UV_DEFAULT_INDEX": "https://mirror.example/",
        "UV_INDEX": "https://more.example/",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": str(there),
        "UV_INSECURE_HOST": "ours.example",
        "SSL_CERT_FILE": "/etc/ours.pem",
        "SSL_CLIENT_CERT": "/etc/me.pem",
    }
    assert {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} <= set(proxies)
    assert set(proxies.values()) == {"http://proxy.example:3128"}


def test_where_uv_has_an_index_pips_further_ones_are_not_taken_and_the_way_still_is(tmp_path: Path) -> None:
    pip = "[global]\nextra-index-url = https://more.example/\ncert = /etc/ours.pem\n"
    found = settings(tmp_path, pip=pip, UV_DEFAULT_INDEX="https://a.example/")
    assert found.variables == {"SSL_CERT_FILE": "/etc/ours.pem"}
    assert found.sources == {"UV_DEFAULT_INDEX": "https://a.example/"}
    # Further indexes of uv's take the place of pip's and leave its index.
    found = settings(tmp_path, pip=pip, UV_INDEX="https://b.example/", PIP_INDEX_URL="https://mirror.example/")
    assert found.variables == {"SSL_CERT_FILE": "/etc/ours.pem", "UV_DEFAULT_INDEX": "https://mirror.example/"}


def test_a_section_of_install_is_before_the_global_one_of_any_file_as_with_pip(tmp_path: Path) -> None:
    pip = "[install]\nindex-url = https://b.example/\n[global]\nindex-url = https://a.example/\n"
    found = settings(tmp_path, pip=pip).index
    assert found is not None and found.value == "https://b.example/"


def test_files_that_cannot_be_read_count_for_nothing(tmp_path: Path) -> None:
    assert settings(tmp_path, pip="index-url = x\n[[", uv="= nothing").index is None


@pytest.mark.skipif(sys.platform == "win32", reason="where pip looks on Windows is decided by the registry")
def test_pip_reads_the_users_files_unless_one_is_named_and_none_with_the_null_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "named.conf"
    assert [path for path in pip_files({}) if path.is_relative_to(tmp_path)]
    assert pip_files({"PIP_CONFIG_FILE": str(named)})[0] == named
    named.touch()
    explicit = pip_files({"PIP_CONFIG_FILE": str(named)})
    assert [path for path in explicit if path.is_relative_to(tmp_path)] == [named]
    assert pip_files({"PIP_CONFIG_FILE": os.devnull}) == []


def test_an_index_that_is_set_for_pip_only_is_resolved_and_installed_from(
    index: Index, interpreters: Interpreters, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.conf").write_text(f"[global]\nindex-url = {index.url}\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    made = EnvironmentProvider(place, interpreters).provide(environments.PLANNED)
    assert (made.result.status, made.result.reason) == (None, None)
    assert environments.ask(made, "spam.VERSION") == "1.0"
    assert configured_index() == index.url


def test_a_folder_of_wheels_alone_is_enough_with_no_index(
    index: Index, interpreters: Interpreters, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name, (content, _) in index.files.items():
        (wheels / name).write_bytes(content)
    monkeypatch.setenv("PIP_FIND_LINKS", f"{wheels} {tmp_path / 'gone'}")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    made = EnvironmentProvider(place, interpreters).provide(environments.PLANNED)
    assert (made.result.status, made.result.reason) == (None, None)
    with pytest.raises(IndexUnavailableError, match="PIP_NO_INDEX is set"):
        fetch_releases("spam", configured_index())


def test_the_best_version_of_all_indexes_is_taken_as_pip_does(
    index: Index, request_: LockRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Index() as more:
        more.publish("eggs", "1.0")
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", more.url)
        assert "eggs==2.0" in Locks(tmp_path / "locks").get(request_).text


def test_a_lock_of_another_index_is_another_one(
    index: Index, request_: LockRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    assert "spam==1.0" in Locks(tmp_path / "locks").get(request_).text
    with Index() as newer:
        fill(newer)
        newer.publish("spam", "1.5")
        monkeypatch.setenv("PIP_INDEX_URL", newer.url)
        assert "spam==1.5" in Locks(tmp_path / "locks").get(request_).text


@pytest.mark.parametrize("way", ["url", "netrc"])
def test_a_private_index_is_asked_with_the_password_of_its_url_or_of_netrc(
    way: str, interpreters: Interpreters, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Index(password="open-sesame") as index:
        fill(index)
        url = index.url
        if way == "url":
            url = url.replace("//", "//someone:open-sesame@")
        else:
            netrc = tmp_path / "netrc"
            netrc.write_text("machine 127.0.0.1 login someone password open-sesame\n", encoding="utf-8")
            netrc.chmod(0o600)
            monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("PIP_INDEX_URL", url)
        made = EnvironmentProvider(place, interpreters).provide(environments.PLANNED)
        assert (made.result.status, made.result.reason) == (None, None)
        assert [str(release.version) for release in fetch_releases("spam", configured_index())] == ["1.0"]
    kept = [path.read_bytes() for path in place.rglob("*") if path.is_file()]
    assert not [content for content in kept if b"open-sesame" in content]


def test_an_index_that_cannot_be_reached_is_named_by_what_set_it_and_what_to_change(
    request_: LockRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://someone:open-sesame@127.0.0.1:1/simple")
    lock = Locks(tmp_path / "locks").get(request_)
    assert lock.status is Outcome.NOT_RUN
    assert lock.reason is not None
    assert lock.reason.startswith("the package index cannot be reached (index from PIP_INDEX_URL): ")
    assert lock.reason.endswith("; change PIP_INDEX_URL, or set UV_DEFAULT_INDEX")
    with pytest.raises(IndexUnavailableError, match=r"index from PIP_INDEX_URL.*or change PIP_INDEX_URL") as caught:
        fetch_releases("spam", configured_index())
    assert "open-sesame" not in f"{lock} {caught.value}"


def test_a_proxy_that_is_set_for_pip_only_is_the_way_of_uv_and_of_requests(
    index: Index, request_: LockRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No name server knows this host: only the proxy leads there.
    monkeypatch.setenv("PIP_INDEX_URL", "http://index.invalid/simple")
    with Proxy(index.port) as proxy:
        monkeypatch.setenv("PIP_PROXY", proxy.url)
        lock = Locks(tmp_path / "locks").get(request_)
        assert (lock.status, lock.reason) == (None, None)
        assert fetch_releases("spam", configured_index())
        assert set(proxy.asked) >= {"http://index.invalid/simple/spam/", "http://index.invalid/simple/eggs/"}
    lock = Locks(tmp_path / "others").get(replace(request_, requirement="spam<2"))
    assert lock.reason is not None
    assert "(index from PIP_INDEX_URL, proxy from PIP_PROXY)" in lock.reason
    assert "change PIP_INDEX_URL or PIP_PROXY" in lock.reason


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Index]:
    """An index with a certificate that only `authority.pem` vouches for."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "index.invalid").configure_cert(context)
    with Index(tls=context) as index:
        fill(index)
        yield index


def test_a_certificate_of_ones_own_is_trusted_once_it_is_set_for_pip(
    secure: Index, request_: LockRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", secure.url)
    assert refused(Locks(tmp_path / "locks").get(request_))
    with pytest.raises(IndexUnavailableError, match="certificate"):
        fetch_releases("spam", configured_index())
    monkeypatch.setenv("PIP_CERT", str(tmp_path / "authority.pem"))
    assert Locks(tmp_path / "locks").get(request_).status is None
    assert fetch_releases("spam", configured_index())


def test_a_host_that_pip_trusts_needs_no_certificate(
    secure: Index, request_: LockRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", secure.url)
    # A variable that requests would let override everything.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    (tmp_path / "authority.pem").write_bytes(trustme.CA().cert_pem.bytes())
    assert refused(Locks(tmp_path / "locks").get(request_))
    monkeypatch.setenv("PIP_TRUSTED_HOST", f"127.0.0.1:{secure.port}")
    assert Locks(tmp_path / "locks").get(request_).status is None
    assert fetch_releases("spam", configured_index())


def test_a_tunnel_through_the_proxy_leads_to_an_index_with_a_certificate(
    secure: Index, request_: LockRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.invalid/simple")
    monkeypatch.setenv("PIP_CERT", str(tmp_path / "authority.pem"))
    with Proxy(secure.port) as proxy:
        monkeypatch.setenv("PIP_PROXY", proxy.url)
        assert Locks(tmp_path / "locks").get(request_).status is None
        assert fetch_releases("spam", configured_index())
        assert set(proxy.asked) == {"index.invalid:443"}


def refused(lock: Lock) -> bool:
    return lock.status is Outcome.NOT_RUN and "certificate" in lock.text.lower()
