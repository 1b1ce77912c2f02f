"""Several targets: which they are, and what they say together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.analysis.ranges import natural_key
from harness.infra.errors import ConfigurationError, ExitCode, HarnessError
from harness.model.outcome import Outcome
from harness.targets.project_files import written_lines
from harness.targets.target_answer import TargetAnswer
from harness.targets.tried_target import ReadTarget, TriedTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLine:
    """One target among several."""

    target: str
    """As it was written."""
    read: ReadTarget | None = None
    tried: TriedTarget | None = None
    answer: TargetAnswer | None = None
    error: HarnessError | None = None
    """Why nothing is known of it."""

    @property
    def fails_as_declared(self) -> bool:
        """Return whether it does not work with something that it declares."""
        return self.answer is not None and any(each.fails for each in self.answer.declared)

    @property
    def exit_code(self) -> ExitCode:
        """Return how the command would end for this target alone."""
        if self.error is not None:
            return self.error.exit_code
        return ExitCode.INCOMPLETE if self.answer is not None and self.answer.unasked else ExitCode.COMPLETE


def listed_targets(targets: Sequence[str], files: Sequence[Path]) -> tuple[str, ...]:
    """Return the targets that were named and those that files list, one in a line, each once.

    A path in a file is relative to the folder of that file. `ConfigurationError` where there is none, and for a line
    that is an option of pip's.
    """
    found = [*targets, *(line for file in files for line in _lines(file))]
    if not found:
        raise ConfigurationError(
            value="TARGET", cause="no target is named", action="name a folder, a source archive or a release"
        )
    return tuple(dict.fromkeys(found))


def _lines(file: Path) -> Iterator[str]:
    try:
        lines = written_lines(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(value=str(file), cause=cause, action="name a file with one target a line") from error
    for line in lines:
        if line.startswith("-"):
            raise ConfigurationError(
                value=f"{file}: {line}", cause="is no target", action="write one folder, archive or release a line"
            )
        path = file.parent / line
        yield str(path) if path.exists() else line


def releases_of(lines: Sequence[TargetLine]) -> list[str]:
    """Return the releases of Scrapy of which any of the targets says something, oldest first."""
    found = {release for line in lines if line.answer is not None for release in line.answer.releases}
    return sorted(found, key=natural_key)


def outcome_of(line: TargetLine, release: str) -> Outcome | None:
    """Return what a target gives with a release; None where that was not asked."""
    return None if line.answer is None else line.answer.releases.get(release)
