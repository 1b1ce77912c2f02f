"""What a person sees while a run goes on: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from harness.model.result import CellResult, EnvironmentResult

LINE_EVERY = 5.0
"""Seconds between two lines where there is no terminal."""
SHOWN = 6
"""Environments named at once in the live display, those that take longest first."""
SILENT = 5.0
"""Seconds without a result after which that is said of an environment: its cells wait for their deadlines."""
_WAITING = "waiting"
RESOLVING = "resolving packages"
INSTALLING = "installing packages"
_STARTING = "starting the first cells"


@dataclass(slots=True)
class _Doing:
    """An environment that is being worked on."""

    since: float
    heard: float
    """When something came of it last."""
    what: str = ""
    """What is done with it, where that is not running its cells."""
    asks: str = ""
    """The lane, or lane and scenario, that is run now."""
    done: int = 0
    """Cells whose result is known."""


class RunProgress:
    """Counts what a run does and shows it, from its first moment on. Used as a context manager, from one thread."""

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._console = console
        self._step = ""
        """What is done now; empty while environments are made and cells are run."""
        self._cells: Mapping[str, int] = {}
        self._total = 0
        self._clock = clock
        self._outcomes: Counter[str] = Counter()
        self._done_environments = self._carried = 0
        self._resolved: set[str] = set()
        self._made: set[str] = set()
        self._doing: dict[str, _Doing] = {}
        self._started = self._last_line = clock()
        self._bar = Progress(
            TextColumn("[bold]cells"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        )
        self._task = self._bar.add_task("cells", total=None)
        self._spinner = Spinner("line")
        self._live = Live(get_renderable=self._render, console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> RunProgress:  # noqa: PYI034 (Self is new in Python 3.11)
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def step(self, what: str) -> None:
        """Say what is done now, where that is not making environments and running cells."""
        self._step = what
        self._spinner.update(text=Text(what))
        self._line(what)

    def begin(self, cells: Mapping[str, int]) -> None:
        """Begin with the environments; `cells`: how many are to be known at the end, by environment.

        Of several runs in a row each begins at nothing.
        """
        self._step = ""
        self._outcomes.clear()
        self._done_environments = self._carried = 0
        for known in (self._resolved, self._made, self._doing):
            known.clear()
        self._cells = cells
        self._total = sum(cells.values())
        self._bar.reset(self._task, total=self._total)
        self._line(f"resolving {len(cells)} environment{'' if len(cells) == 1 else 's'}")

    def building(self, environment: str) -> None:
        """An environment is being resolved and made."""
        now = self._clock()
        self._doing[environment] = _Doing(since=now, heard=now, what=RESOLVING)

    def resolved(self, environment: str) -> None:
        """It is known which packages are in an environment."""
        self._resolved.add(environment)
        self._doing[environment].what = INSTALLING

    def waiting(self, result: EnvironmentResult) -> None:
        """An environment is there, or is known not to come; others are run before it."""
        now = self._clock()
        self._resolved.add(result.id)
        self._made.add(result.id)
        self._doing[result.id] = _Doing(since=now, heard=now, what=_WAITING)
        self.tick()

    def running(self, environment: str) -> None:
        """The cells of an environment are being run."""
        doing = self._doing[environment]
        doing.since = doing.heard = self._clock()
        doing.what = _STARTING

    def asking(self, environment: str, what: str) -> None:
        """This lane, or lane and scenario, is run now."""
        if environment in self._doing:
            self._doing[environment].asks = what

    def carried(self, environment: str, cells: int) -> None:
        """So many cells of an environment are known from an earlier run."""
        self._carried += cells
        self._advance(environment, cells)

    def results(self, results: Iterable[CellResult]) -> None:
        """Cells have their results."""
        found = [(result.key.environment, str(result.outcome)) for result in results]
        self._outcomes.update(outcome for _, outcome in found)
        for environment, count in Counter(environment for environment, _ in found).items():
            self._advance(environment, count)
        self.tick()

    def environment_done(self, environment: str) -> None:
        """Nothing more is to be run in an environment."""
        self._resolved.add(environment)
        self._made.add(environment)
        self._doing.pop(environment, None)
        self._done_environments += 1
        self.tick()

    def tick(self) -> None:
        """Print a plain line now and then where there is no live display."""
        if self._clock() - self._last_line >= LINE_EVERY:
            done = int(self._bar.tasks[0].completed)
            longest = next((f"longest: {name} {told}" for name, told in self._longest()), "")
            self._line(
                "  ".join(filter(None, [self._environments(), f"cells {done}/{self._total}", self._counts(), longest]))
            )

    def _line(self, text: str) -> None:
        if not self._console.is_terminal:
            self._last_line = self._clock()
            self._console.print(f"{self._last_line - self._started:5.0f} s  {text}", highlight=False, markup=False)

    def _advance(self, environment: str, cells: int) -> None:
        self._bar.advance(self._task, cells)
        if environment in self._doing:
            doing = self._doing[environment]
            doing.done += cells
            doing.heard = self._clock()
            if doing.what == _STARTING:
                doing.what = ""

    def _environments(self) -> str:
        """How far the environments are; while some are not made, how far those are that will be."""
        total = len(self._cells)
        counts = [f"environments {self._done_environments}/{total}"]
        if len(self._made) < total:
            counts += [f"resolved {len(self._resolved)}", f"made {len(self._made)}"]
        return "  ".join(counts)

    def _counts(self) -> str:
        known = [f"known {self._carried}"] if self._carried else []
        return "  ".join(known + [f"{outcome} {count}" for outcome, count in self._outcomes.most_common()])

    def _render(self) -> Group:
        if self._step or not self._cells:
            return Group(self._spinner)
        rows = Table.grid(padding=(0, 2))
        rows.add_column(no_wrap=True, overflow="ellipsis")
        rows.add_column(no_wrap=True)
        for name, told in list(self._longest())[:SHOWN]:
            rows.add_row(Text(name), Text(told))
        waiting = sum(doing.what == _WAITING for doing in self._doing.values())
        more = len(self._doing) - waiting - SHOWN
        rest = [f"{more} more"] * (more > 0) + [f"{waiting} waiting"] * (waiting > 0)
        if rest:
            rows.add_row(Text(f"and {', '.join(rest)}"), Text())
        counts = Text(f"{self._environments()}  {self._counts()}".rstrip())
        return Group(self._bar, counts, rows)

    def _longest(self) -> Iterator[tuple[str, str]]:
        """The environments that take time, with what is to be said of each; the slowest first."""
        now = self._clock()
        for name, doing in sorted(self._doing.items(), key=lambda entry: entry[1].since):
            if doing.what == _WAITING:
                continue
            doing_what = doing.what or f"{doing.done}/{self._cells.get(name, 0)} cells"
            told = f"{now - doing.since:.0f} s, {doing_what}{f': {doing.asks}' if doing.asks else ''}"
            if not doing.what and now - doing.heard >= SILENT:
                told += f", nothing new for {now - doing.heard:.0f} s"
            yield name, told
