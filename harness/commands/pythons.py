"""What `pythons` does: finds the interpreters of the matrix, and installs what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from harness.infra.errors import ConfigurationError
from harness.infra.platforms import refuse_platform
from harness.infra.resources import cache_directory
from harness.interpreters.downloads import PythonDownloads
from harness.interpreters.interpreter import Interpreters
from harness.matrix.load import find_matrix, load_matrix
from harness.matrix.versions import any_matches, parse_patterns
from harness.runner.runtimes import toolchain_of


def find_pythons(
    matrix: Path | None, platform: str, python: Sequence[str], *, install: bool, say: Callable[[str], object]
) -> Interpreters:
    """Return the interpreters that the matrix asks for on a platform, narrowed to `python`, filters of versions.

    `install`: fetch what is missing; `say` is told of that.
    Raises `ConfigurationError` for a platform that is none of this machine's, or without what runs its programs.
    """
    refuse_platform(platform)
    spec = load_matrix(find_matrix(matrix))
    try:
        patterns = parse_patterns(python)
    except ValueError as error:
        raise ConfigurationError(
            value=f"--python {','.join(python)}", cause=str(error), action="write 3.11 or '>=3.9'"
        ) from error
    wanted = [each.key for each in spec.pythons_of(platform) if any_matches(patterns, each.key, each.version)]
    if not wanted:
        raise ConfigurationError(
            value=f"--python {','.join(python)}",
            cause=f"the matrix asks for none of these on {platform}",
            action=f"choose among {', '.join(each.key for each in spec.pythons_of(platform))}",
        )
    with toolchain_of(platform, cache_directory()) as toolchain:
        downloads = PythonDownloads.REQUESTED if install else PythonDownloads.NEVER
        return toolchain.provide(wanted, downloads, say)
