"""What the configured package index says about the releases of a project."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timezone
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from packaging.version import InvalidVersion, Version

from harness.errors import ConfigurationError, ExitCode, HarnessError
from harness.matrix.tables import Table
from harness.redaction import redact
from harness.user_files import pip_files, uv_files

if TYPE_CHECKING:
    from pypi_simple import DistributionPackage, PyPISimple

# The client of the index (pypi_simple, requests) is imported where it is used: it takes a third of a second, and
# most commands never ask the index anything.

TIMEOUT_SECONDS = 60

_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT")
_NAMED = re.compile(r"[\w.-]+=(?=[a-z]+://)")


class IndexUnavailableError(HarnessError):
    """The package index cannot be reached, or does not say what is needed."""

    exit_code = ExitCode.INCOMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release of a project."""

    version: Version
    day: date
    """UTC day of its first upload."""
    requires_python: str | None
    yanked: bool
    """Whether all of its files are."""


def configured_index(environ: Mapping[str, str] | None = None) -> str:
    """The URL of the index that uv and pip are configured to use; without any, the one pypi-simple defaults to.

    The environment comes before configuration files, and uv's before pip's.
    """
    environ = os.environ if environ is None else environ
    for variable in _VARIABLES:
        if environ.get(variable, "").strip():
            return _NAMED.sub("", environ[variable].strip(), count=1)
    configured = (*_uv_configured(environ), *_pip_configured(environ))
    return configured[0] if configured else _default_index()


def _default_index() -> str:
    from pypi_simple import PYPI_SIMPLE_ENDPOINT

    return PYPI_SIMPLE_ENDPOINT


def cache_settings(environ: Mapping[str, str] | None = None) -> str:
    """Content of a `uv.toml` that says how long answers of the default index are good; empty where another is set.

    It repeats what that index says itself (pages for ten minutes, files for ever), for the sake of mirrors and
    proxies that leave this out: uv then asks again for every page, and builds source archives anew, for each lock.
    """
    environ = os.environ if environ is None else environ
    if any(environ.get(variable, "").strip() for variable in _VARIABLES[:2]) or [*_uv_configured(environ)]:
        return ""
    url = _default_index().rstrip("/")
    control = '{ api = "max-age=600", files = "max-age=365000000, immutable" }'
    return f'[[index]]\nurl = "{url}"\ndefault = true\ncache-control = {control}\n'


def _uv_configured(environ: Mapping[str, str]) -> Iterator[str]:
    for place in uv_files(environ):
        if place.is_file():
            try:
                values = Table.load(place).values()
            except ConfigurationError:
                continue  # What uv makes of its own broken file is for uv to say.
            indexes = [index for index in values.get("index", []) if isinstance(index, dict) and index.get("default")]
            yield from (str(index["url"]) for index in indexes if "url" in index)
            if isinstance(values.get("index-url"), str):
                yield values["index-url"]


def _pip_configured(environ: Mapping[str, str]) -> Iterator[str]:
    """`index-url` of pip's files, by precedence."""
    for place in pip_files(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(place, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue  # What pip makes of its own broken file is for pip to say.
        if parser.has_option("global", "index-url"):
            yield parser.get("global", "index-url")


def fetch_releases(project: str, index: str) -> tuple[Release, ...]:
    """Every release of `project` that `index` has wheels or source archives of, oldest version first.

    `IndexUnavailableError` if it cannot be reached, does not know the project, or does not tell days of upload.
    """
    with _client(index, project) as client:
        packages = client.get_project_page(project, timeout=TIMEOUT_SECONDS).packages
    return _releases(project, index, packages)


def fetch_source(project: str, version: str, index: str, folder: Path) -> Path:
    """The source archive of a release, put into `folder` under its own name and checked against the index's digest.

    `IndexUnavailableError` if the index cannot be reached or has no such archive.
    """
    with _client(index, project) as client:
        packages = client.get_project_page(project, timeout=TIMEOUT_SECONDS).packages
        found = [each for each in packages if each.package_type == "sdist" and each.version == version]
        if not found:
            raise _unavailable(index, f"has no source archive of {project} {version}")
        target = folder / Path(found[0].filename).name
        client.download_package(found[0], target, timeout=TIMEOUT_SECONDS)
    return target


@contextmanager
def _client(index: str, project: str) -> Iterator[PyPISimple]:
    """A client of the index, whose errors are told as `IndexUnavailableError`."""
    import pypi_simple
    from requests import RequestException, Session

    with Session() as session:
        certificates = next((os.environ[name] for name in _CERTIFICATES if os.environ.get(name)), None)
        session.verify = certificates or True
        try:
            with pypi_simple.PyPISimple(endpoint=index, session=session) as client:
                yield client
        except pypi_simple.NoSuchProjectError as error:
            raise _unavailable(index, f"does not know {project}") from error
        except (
            RequestException,
            pypi_simple.UnsupportedContentTypeError,
            pypi_simple.UnsupportedRepoVersionError,
            pypi_simple.DigestMismatchError,
            ValueError,
        ) as error:
            # The message of a failed request repeats the URL, password and all.
            cause = redact(str(error).replace(index, _shown(index)))
            raise _unavailable(index, f"gave no answer that can be used: {type(error).__name__} {cause}") from error


def _releases(project: str, index: str, packages: list[DistributionPackage]) -> tuple[Release, ...]:
    files: dict[Version, list[DistributionPackage]] = {}
    for package in packages:
        if package.package_type in {"wheel", "sdist"} and package.version is not None:
            try:
                files.setdefault(Version(package.version), []).append(package)
            except InvalidVersion:
                continue  # Names older than the rules for versions; no resolver takes them.
    releases = []
    for version, packages_of_it in sorted(files.items()):
        days = [
            package.upload_time.astimezone(timezone.utc).date() for package in packages_of_it if package.upload_time
        ]
        if not days:
            raise _unavailable(index, f"does not tell when {project} {version} was uploaded")
        requires = [package.requires_python for package in packages_of_it if package.requires_python]
        releases.append(
            Release(
                version=version,
                day=min(days),
                requires_python=requires[0] if requires else None,
                yanked=all(package.is_yanked for package in packages_of_it),
            )
        )
    return tuple(releases)


def _shown(index: str) -> str:
    """The URL without user name and password."""
    parts = urlsplit(index)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _unavailable(index: str, cause: str) -> IndexUnavailableError:
    return IndexUnavailableError(
        value=f"package index {_shown(index)}",
        cause=cause.strip(),
        action=f"check the network, or set {_VARIABLES[0]} to an index that serves the JSON simple API",
    )
