"""What `try` does with several targets: one after the other, each with runs of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from harness.commands.try_ import TryOptions
from harness.infra.errors import HarnessError, StorageError
from harness.targets.target_list import TargetLine

TryOne = Callable[[TryOptions], TargetLine]


def try_each(options: TryOptions, targets: Sequence[str], one: TryOne) -> list[TargetLine]:
    """Return what became of each target; what cannot be tried keeps none of the others from it.

    Raises `StorageError`, after which nothing can be kept of the others either; what ends a target that is alone.
    """
    if len(targets) == 1:
        return [one(_for_one(options, targets[0], targets))]
    lines = []
    for target in targets:
        try:
            lines.append(one(_for_one(options, target, targets)))
        except StorageError:
            raise
        except HarnessError as error:
            lines.append(TargetLine(target=target, error=error))
    return lines


def _for_one(options: TryOptions, target: str, targets: Sequence[str]) -> TryOptions:
    """Return the options for one target, with the words that try it alone."""
    others = {each for each in targets if each != target}
    words = [word for word in _without_files(options.command) if word not in others]
    named = words if target in words else [words[0], target, *words[1:]]
    return replace(options, target=target, command=tuple(named), shared=len(targets) > 1)


def _without_files(command: Sequence[str]) -> Iterator[str]:
    skips = False
    for word in command:
        if skips:
            skips = False
        elif word in {"-r", "--requirement"}:
            skips = True
        elif not word.startswith(("-r", "--requirement=")):
            yield word
