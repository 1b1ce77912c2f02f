"""What a person sees while a run goes on: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from harness.results import CellResult, EnvironmentResult

LINE_EVERY = 10.0
"""Seconds between two lines where there is no terminal."""
SHOWN = 4
"""Environments named at once in the live display."""


class RunProgress:
    """Counts what a run does and shows it. Used as a context manager, from one thread."""

    def __init__(self, console: Console, *, environments: int, cells: int) -> None:
        self._console = console
        self._cells = cells
        self._environments = environments
        self._outcomes: Counter[str] = Counter()
        self._done_environments = self._carried = 0
        self._building: dict[str, float] = {}
        self._running: dict[str, float] = {}
        self._started = self._last_line = time.monotonic()
        self._bar = Progress(
            TextColumn("[bold]cells"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        )
        self._task = self._bar.add_task("cells", total=cells)
        self._live = Live(get_renderable=self._render, console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> RunProgress:  # noqa: PYI034 (Self is new in Python 3.11)
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def building(self, environment: str) -> None:
        """An environment is being resolved and made."""
        self._building[environment] = time.monotonic()

    def running(self, result: EnvironmentResult) -> None:
        """An environment is there, or is known not to come."""
        self._building.pop(result.id, None)
        self._running[result.id] = time.monotonic()
        self.tick()

    def carried(self, cells: int) -> None:
        """So many cells of an environment are known from an earlier run."""
        self._carried += cells
        self._bar.advance(self._task, cells)

    def results(self, results: Iterable[CellResult]) -> None:
        """Cells have their results."""
        outcomes = [str(result.outcome) for result in results]
        self._outcomes.update(outcomes)
        self._bar.advance(self._task, len(outcomes))
        self.tick()

    def environment_done(self, environment: str) -> None:
        """Nothing more is to be run in an environment."""
        self._building.pop(environment, None)
        self._running.pop(environment, None)
        self._done_environments += 1
        self.tick()

    def tick(self) -> None:
        """Print a plain line now and then where there is no live display."""
        now = time.monotonic()
        if not self._console.is_terminal and now - self._last_line >= LINE_EVERY:
            self._last_line = now
            done = int(self._bar.tasks[0].completed)
            line = f"{now - self._started:5.0f} s  environments {self._done_environments}/{self._environments}"
            self._console.print(f"{line}  cells {done}/{self._cells}  {self._counts()}", highlight=False)

    def _counts(self) -> str:
        known = [f"known {self._carried}"] if self._carried else []
        return "  ".join(known + [f"{outcome} {count}" for outcome, count in self._outcomes.most_common()])

    def _render(self) -> Group:
        lines = [
            Text(f"environments {self._done_environments}/{self._environments}   {self._counts()}"),
            self._doing("building", self._building),
            self._doing("running", self._running),
        ]
        return Group(self._bar, *lines)

    def _doing(self, what: str, environments: dict[str, float]) -> Text:
        """The environments that have been at it longest: what is slow stands first."""
        now = time.monotonic()
        oldest = sorted(environments.items(), key=lambda entry: entry[1])
        named = [f"{name} ({now - since:.0f} s)" for name, since in oldest[:SHOWN]]
        more = f" and {len(oldest) - SHOWN} more" if len(oldest) > SHOWN else ""
        return Text(f"{what:9}{', '.join(named)}{more}", overflow="ellipsis", no_wrap=True)
