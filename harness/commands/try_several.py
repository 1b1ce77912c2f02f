"""What `try` does with several targets: one after the other, each with runs of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.commands.try_opened import TryOptions
from harness.infra.errors import HarnessError, StorageError
from harness.targets.target_list import TargetLine

TryOne = Callable[[TryOptions], TargetLine]


def try_each(options: TryOptions, targets: Sequence[str], one: TryOne) -> list[TargetLine]:
    """Return what became of each target; what cannot be tried keeps none of the others from it.

    Raises `StorageError`, after which nothing can be kept of the others either; what ends a target that is alone.
    """
    if len(targets) == 1:
        return [one(replace(options, target=targets[0]))]
    lines: list[TargetLine] = []
    for target in targets:
        taken = frozenset(line.read.state for line in lines if line.read is not None)
        try:
            lines.append(one(replace(options, target=target, taken=taken)))
        except StorageError:
            raise
        except HarnessError as error:
            lines.append(TargetLine(target=target, error=error))
    return lines
