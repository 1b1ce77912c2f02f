"""Which packages a traceback names: installed ones, and the one that would bring a missing module."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path

from harness.environments.lockfiles import normalise

PROVIDERS = {
    "pkg_resources": "setuptools",
    "distutils": "setuptools",
    "asynchat": "pyasynchat",
    "asyncore": "pyasyncore",
    "cgi": "legacy-cgi",
    "cgitb": "legacy-cgi",
    "imghdr": "standard-imghdr",
    "pipes": "standard-pipes",
    "smtpd": "standard-smtpd",
    "telnetlib": "standard-telnetlib",
}
"""Package by the module that it brings: to an environment without setuptools, or to a Python that lost the module.

Python 3.12 and 3.13 removed these modules (their "What's New"; PEP 594 and PEP 632).
"""
_MISSING = re.compile(r"No module named '(\w+)")
_FRAME = re.compile(r'File "[^"\n]*site-packages[/\\]([^/\\"\n]+)')
_NAMED = re.compile(r"from '(\w+)|module '(\w+)|named '(\w+)")


def modules_of(site: Path) -> dict[str, str]:
    """Normalised package names by the top-level modules and folders that each has installed in `site`."""
    owners: dict[str, str] = {}
    for record in site.glob("*.dist-info/RECORD"):
        package = normalise(record.parent.name.partition("-")[0])
        with record.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                top = row[0].partition("/")[0].removesuffix(".py") if row else ""
                if top.isidentifier():
                    owners.setdefault(top, package)
    return owners


def suspects(traceback: str, owners: Mapping[str, str], innocent: str) -> tuple[str, ...]:
    """Packages that `traceback` names, most telling first: what its message names, then the innermost frame's.

    `innocent` is the package that everything else is judged by, and is never one of them.
    """
    message = traceback.strip().rpartition("\n")[2]
    named = [next(filter(None, match), "") for match in _NAMED.findall(message)]
    frames = [found.removesuffix(".py") for found in _FRAME.findall(traceback)]
    packages = [owners[module] for module in [*named, *reversed(frames)] if module in owners]
    return tuple(package for package in dict.fromkeys(packages) if package != innocent)


def provider_of(traceback: str) -> str | None:
    """Return the package that brings the module which `traceback` says is missing; None where none is known."""
    missing = _MISSING.search(traceback.strip().rpartition("\n")[2])
    return None if missing is None else PROVIDERS.get(missing[1])
