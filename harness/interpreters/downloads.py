"""Interpreters that are missing, fetched by uv as uv's settings allow it; where they do not, one line says why."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import msgspec

from harness.infra.files import scratch_folder
from harness.infra.packages.index_settings import TRUE, index_settings, shown_path, uv_settings
from harness.infra.packages.uv import Failure
from harness.interpreters.interpreter import Interpreters
from harness.interpreters.search import find_interpreters
from harness.interpreters.uv_python import install_pythons, python_downloads, python_folder

_HOUR = 3600.0
_PROBE_SECONDS = 5.0
_MEGABYTES = 30
"""Of the archive of one interpreter, where nobody says how large it is: those of CPython have 20 to 45."""
_FALSE = frozenset({"0", "false", "no", "off", "n", "f"})

Say = Callable[[str], object]


class PythonDownloads(Enum):
    """When interpreters that are missing are fetched."""

    NEVER = "never"
    AUTOMATIC = "automatic"
    """Where uv's settings allow it without being asked; a failure is not repeated within an hour."""
    REQUESTED = "requested"
    """Where uv's settings do not forbid it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """A fetch that failed."""

    cause: str
    made: float
    keys: tuple[str, ...]
    way: str
    """Hash of where it was fetched from and how the way there went: another way is another attempt."""


def provide_interpreters(
    wanted: Sequence[str], downloads: PythonDownloads, say: Say, *, cache: Path, extra: Sequence[Path] = ()
) -> Interpreters:
    """Look for an interpreter for each key in `wanted`, and let uv fetch what is missing.

    `say` is told what is fetched, how large it is and where it goes before that is done, and in one line why it is not
    done. Takes as long as the downloads do; without a network up to ten seconds. Raises `ToolError` without uv.
    """
    found = find_interpreters(wanted, extra=extra)
    if not found.missing or downloads is PythonDownloads.NEVER:
        return found
    with scratch_folder() as folder:
        known = python_downloads(cwd=folder)
        urls = {key: known[key] for key in found.missing if key in known}
        unknown = [key for key in found.missing if key not in known]
        if unknown and downloads is PythonDownloads.REQUESTED:
            say(f"{_named(unknown)}: not fetched: uv has no build of it")
        if not urls:
            return found
        refusal = _forbidden(downloads) or _failed_before(downloads, urls, cache)
        if refusal is not None:
            say(f"{_named(urls)}: not fetched: {refusal}")
            return found
        cause = _fetch(urls, downloads, say, cwd=folder)
    again = find_interpreters([*found.found, *found.missing], extra=extra)
    _settle({key: url for key, url in urls.items() if key in again.missing}, cause, say, cache)
    return again


def _named(keys: Iterable[str]) -> str:
    return f"Python {', '.join(keys)}"


def _fetch(urls: Mapping[str, str], downloads: PythonDownloads, say: Say, *, cwd: Path) -> str:
    """Say what is fetched, and let uv do it; why some of it may be missing then."""
    place = shown_path(python_folder(cwd=cwd))
    sizes = _sizes(list(urls.values()))
    say(f"{_named(urls)}: fetching with uv, {_size(urls, sizes)}, into {place}; --no-install-pythons does without")
    quickly = sizes is None and downloads is PythonDownloads.AUTOMATIC
    failure = install_pythons(list(urls), cwd=cwd, quickly=quickly)
    return _cause(failure) if failure is not None else f"it is not among the interpreters found in {place}"


def _settle(left: Mapping[str, str], cause: str, say: Say, cache: Path) -> None:
    """Say what was not fetched, and keep it for the runs of the next hour."""
    if left:
        say(f"{_named(left)}: not fetched: {cause}")
        _write_attempt(cache, _Attempt(cause=cause, made=time.time(), keys=tuple(left), way=_way(left)))
    else:
        with suppress(OSError):
            _attempt_file(cache).unlink(missing_ok=True)


def _forbidden(downloads: PythonDownloads) -> str | None:
    """The setting of uv's because of which nothing is fetched, and what to do; None: there is none."""
    settings = uv_settings(os.environ)

    def is_(name: str, values: Container[str]) -> bool:
        return name in settings and settings[name].value.lower() in values

    always = (("python-downloads", {"never", *_FALSE}), ("offline", TRUE))
    for name, values in always:
        if is_(name, values):
            return f"{settings[name].origin} is {settings[name].value}"
    unasked = (("python-downloads", {"manual"}), ("no-managed-python", TRUE), ("python-preference", {"only-system"}))
    for name, values in unasked if downloads is PythonDownloads.AUTOMATIC else ():
        if is_(name, values):
            return f"{settings[name].origin} is {settings[name].value}; --install-pythons fetches it nevertheless"
    return None


def _failed_before(downloads: PythonDownloads, urls: Mapping[str, str], cache: Path) -> str | None:
    """Why the same attempt failed within the last hour, and when that was; None: it did not, or is asked for again."""
    attempt = _read_attempt(cache)
    if attempt is None or downloads is not PythonDownloads.AUTOMATIC:
        return None
    seconds = time.time() - attempt.made
    if not set(urls) <= set(attempt.keys) or attempt.way != _way(urls) or not 0 <= seconds < _HOUR:
        return None
    minutes = int(seconds / 60)
    when = "a moment" if minutes == 0 else "1 minute" if minutes == 1 else f"{minutes} minutes"
    return f"{attempt.cause}; tried {when} ago, --install-pythons tries again"


def _sizes(urls: Sequence[str]) -> list[int] | None:
    """Bytes of those archives whose servers tell it; None: nothing answered, there is perhaps no network."""
    # A third of a second to import; only what has to be fetched is asked for.
    from harness.infra.packages.http_session import answers  # noqa: PLC0415

    lengths = answers(index_settings(), urls, seconds=_PROBE_SECONDS)
    return None if lengths is None else [length for length in lengths if length]


def _size(urls: Mapping[str, str], sizes: Sequence[int] | None) -> str:
    if sizes and len(sizes) == len(urls):
        return f"{max(1, round(sum(sizes) / 1e6))} MB"
    return f"about {_MEGABYTES * len(urls)} MB"


def _cause(failure: Failure) -> str:
    """The last of the causes that uv gives for the first interpreter: the one that says what happened."""
    first = failure.text.split("\nerror: ")[0]
    causes = [line.partition("cause: ")[2].strip() for line in first.splitlines() if line.startswith("  cause: ")]
    if not causes:
        return failure.reason
    host = re.search(r"://([^/\s`]+)", first)
    return f"{host[1]}: {causes[-1]}"[:300] if host is not None and host[1] not in causes[-1] else causes[-1][:300]


def _way(urls: Mapping[str, str]) -> str:
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    parts = [sorted({url.rpartition("/")[0] for url in urls.values()}), sorted(proxies.items())]
    parts.append(sorted(index_settings().variables.items()))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _attempt_file(cache: Path) -> Path:
    return cache / "pythons-not-fetched.json"


def _read_attempt(cache: Path) -> _Attempt | None:
    try:
        return msgspec.json.decode(_attempt_file(cache).read_bytes(), type=_Attempt)
    except (OSError, ValueError):
        return None


def _write_attempt(cache: Path, attempt: _Attempt) -> None:
    # A note, and no result: where it cannot be kept, the next run tries again.
    with suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        _attempt_file(cache).write_bytes(msgspec.json.encode(attempt))
