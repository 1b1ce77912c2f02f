"""A matrix with a release of Scrapy that it does not name: any that the index has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from harness.infra.errors import ConfigurationError
from harness.infra.packages.index import Release
from harness.infra.toml_errors import suggestion
from harness.matrix.axes import Scrapy
from harness.matrix.spec import MatrixSpec

SCRAPY = "scrapy"
PYTHON = "python"
"""The axis that is no package."""


def with_release_named(spec: MatrixSpec, label: str, releases: Sequence[Release]) -> MatrixSpec:
    """Return the matrix with the release of that name, which may be in it already.

    `releases` are those of the index. Raises `ConfigurationError` where neither has it.
    """
    if any(each.label == label for each in spec.scrapys):
        return spec
    try:
        release = next((each for each in releases if each.version == Version(label)), None)
    except InvalidVersion:
        release = None
    if release is None:
        known = [*(each.label for each in spec.scrapys), *(str(each.version) for each in releases)]
        raise ConfigurationError(
            value=f"--scrapy {label}", cause="the index has no such release", action=suggestion(label, known)
        )
    return with_release(spec, release, releases)


def with_release(spec: MatrixSpec, release: Release, releases: Sequence[Release]) -> MatrixSpec:
    """Return the matrix with this very release for its minor."""
    minor = release.version.release[:2]
    label = str(release.version)
    made = Scrapy(
        version=release.version,
        requires_python=SpecifierSet(release.requires_python or ""),
        first=min(each.day for each in releases if each.version.release[:2] == minor),
        released=release.day,
    )
    others = [each for each in spec.scrapys if each.first is None or each.version.release[:2] != minor]
    pins = {
        (label, python): each for (scrapy, python), each in spec.pins.items() if Version(scrapy).release[:2] == minor
    }
    return replace(spec, scrapys=(*others, made), pins={**pins, **spec.pins})
