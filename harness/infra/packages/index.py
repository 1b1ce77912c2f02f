"""What the configured package index says about the releases of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timezone
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from packaging.version import InvalidVersion, Version

from harness.infra.errors import ExitCode, HarnessError
from harness.infra.packages.index_settings import index_settings
from harness.infra.redaction import redact

if TYPE_CHECKING:
    from pypi_simple import DistributionPackage, PyPISimple

# The client of the index (pypi_simple, requests) is imported where it is used: it takes a third of a second, and
# most commands never ask the index anything.

TIMEOUT_SECONDS = 60


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


def configured_index() -> str:
    """The URL of the index that uv and pip are configured to use; without any, the one pypi-simple defaults to."""
    index = index_settings().index
    return _default_index() if index is None else index.value


def _default_index() -> str:
    from pypi_simple import PYPI_SIMPLE_ENDPOINT

    return PYPI_SIMPLE_ENDPOINT


def cache_settings() -> str:
    """Content of a `uv.toml` that says how long answers of the default index are good; empty where another is set.

    It repeats what that index says itself (pages for ten minutes, files for ever), for the sake of mirrors and
    proxies that leave this out: uv then asks again for every page, and builds source archives anew, for each lock.
    """
    settings = index_settings()
    if settings.index is not None or settings.no_index is not None:
        return ""
    url = _default_index().rstrip("/")
    control = '{ api = "max-age=600", files = "max-age=365000000, immutable" }'
    return f'[[index]]\nurl = "{url}"\ndefault = true\ncache-control = {control}\n'


def fetch_releases(project: str, index: str) -> tuple[Release, ...]:
    """Every release of `project` that `index` has wheels or source archives of, oldest version first.

    `IndexUnavailableError` if it cannot be reached, does not know the project, or does not tell days of upload.
    """
    with _client(index, project) as client:
        packages = _packages(client, project, index)
    return _releases(project, index, packages)


def check_pages(projects: Iterable[str], index: str) -> None:
    """Raise `IndexUnavailableError` if what `index` answers about `projects` is not what a package index answers.

    Who is not let in may get the page of a login, with the status of success. That a project is not there is an answer.
    """
    from pypi_simple import NoSuchProjectError

    with _client(index, "") as client:
        for project in projects:
            with suppress(NoSuchProjectError):
                _packages(client, project, index)


def fetch_source(project: str, version: str, index: str, folder: Path) -> Path:
    """The source archive of a release, put into `folder` under its own name and checked against the index's digest.

    `IndexUnavailableError` if the index cannot be reached or has no such archive.
    """
    with _client(index, project) as client:
        packages = _packages(client, project, index)
        found = [each for each in packages if each.package_type == "sdist" and each.version == version]
        if not found:
            raise _unavailable(index, f"has no source archive of {project} {version}")
        target = folder / Path(found[0].filename).name
        client.download_package(found[0], target, timeout=TIMEOUT_SECONDS)
    return target


def _packages(client: PyPISimple, project: str, index: str) -> list[DistributionPackage]:
    page = client.get_project_page(project, timeout=TIMEOUT_SECONDS)
    if page.repository_version is None and not any(each.package_type for each in page.packages):
        raise _unavailable(index, f"answers with a page about {project} that is none of a package index")
    return page.packages


@contextmanager
def _client(index: str, project: str) -> Iterator[PyPISimple]:
    """A client of the index, whose errors are told as `IndexUnavailableError`."""
    import pypi_simple
    from requests import RequestException

    from harness.infra.packages.http_session import http_session

    settings = index_settings()
    if settings.no_index is not None:
        raise _unavailable(index, f"is not to be asked: {settings.no_index.origin} is set")
    with http_session(settings) as session:
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
    settings = index_settings()
    return IndexUnavailableError(
        value=f"package index {_shown(index)} ({settings.described})",
        cause=cause.strip(),
        action=f"check the network, or {settings.remedy}; it has to serve the JSON simple API",
    )
