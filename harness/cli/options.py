"""Options that several commands have, so that they read and mean the same everywhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import click
import cloup

from harness.infra.errors import ExitCode
from harness.infra.resources import BASELINES, STATE
from harness.infra.toml_errors import suggestion
from harness.model.outcome import INCOMPLETE, Outcome

if TYPE_CHECKING:
    from harness.executors.dask.cluster import Cluster
    from harness.plan.coverage import SamplingRequest
    from harness.workspace import Filters


Command = TypeVar("Command", bound=Callable[..., Any])


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}


def _seconds(value: str, units: str) -> float | None:
    """Return a span of time as people write it, in seconds; None where it is none."""
    number, unit = value[:-1], value[-1:]
    return float(number) * _UNITS[unit] if unit and unit in units and number.isdecimal() else None


def age(_context: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    """Return an age, which people write as `30d`, in seconds."""
    found = None if value is None else _seconds(value, "hdw")
    if found is None and value is not None:
        raise click.BadParameter(f"{value!r} is no age: write 30d, 12h or 2w")
    return found


def _budget(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, float] | None:
    """Return a budget as it was written, and in seconds."""
    if value is None:
        return None
    found = _seconds(value, "smh")
    if found is None:
        raise click.BadParameter(f"{value!r} is no time: write 10m, 90s or 1h")
    return value, found


def budget_or_none(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, float | None] | None:
    """Return a budget as `_budget` does; `none` is one without an end."""
    return (value, None) if value == "none" else _budget(context, parameter, value)


_FILTERS = {
    "platform": "linux, macos, windows, wine (Windows Pythons under Wine, on Linux)",
    "python": "versions or ranges: '>=3.8', 3.12, 'pypy*'; 3 is every 3.x of CPython",
    "scrapy": "versions or ranges: '>=2.11,<2.14', 2.13; 2 is every 2.x",
    "profile": "latest, era, pinned; of a target lowest and next, too",
    "lane": "shell globs: epoll, 'asyncio-*'",
    "scenario": "shell globs: 'callback_*'",
    "helper": "shell globs: direct, 'copied_*'",
    "cell": "whole ids, or shell globs over them",
}


def _as_one(parameter: str, names: Iterable[str], make: Callable[..., object]) -> Callable[[Command], Command]:
    """Return a decorator that gives a command the values of the options `names` as one, which `make` makes."""

    def decorate(command: Command) -> Command:
        @wraps(command)
        def call(**given: object) -> object:
            values = {name: given.pop(name) for name in names}
            return command(**given, **{parameter: make(**values)})

        return cast("Command", call)

    return decorate


def filter_options(command: Command) -> Command:
    """Add the filters that every command understands alike; it gets them as `filters`."""
    options = (
        cloup.option(f"--{name}", multiple=True, metavar="SELECT", help=f"Only these: {text}.")
        for name, text in _FILTERS.items()
    )
    return cloup.option_group("Filters", *options)(_as_one("filters", _FILTERS, _filters)(command))


def _filters(**values: tuple[str, ...]) -> Filters:
    from harness.workspace import Filters

    return Filters(**values)


def state_option(command: Command) -> Command:
    """Add the folder in which runs are stored."""
    return cloup.option(
        "--state",
        type=click.Path(file_okay=False, path_type=Path),
        default=STATE,
        show_default=True,
        help="Folder in which runs are stored.",
    )(command)


def matrix_option(command: Command) -> Command:
    """Add the matrix file."""
    return cloup.option(
        "--matrix",
        type=click.Path(dir_okay=False, path_type=Path),
        help="The matrix file. Default: matrix.toml here, else the one that was installed.",
    )(command)


def baselines_option(command: Command) -> Command:
    """Add the folder of the accepted baselines."""
    return cloup.option(
        "--baseline",
        "baselines",
        type=click.Path(file_okay=False, path_type=Path),
        default=BASELINES,
        show_default=True,
        help="Folder of the accepted baselines, one file per platform.",
    )(command)


_FAILURES = {"unexpected": ExitCode.UNEXPECTED, "incomplete": ExitCode.INCOMPLETE}
"""What a run can be told to fail on; of several the first counts."""


_INCOMPLETE_OTHERWISE = "incomplete otherwise"
"""Incomplete for more than missing interpreters; the default on a person's machine, and not to be written."""


def _failures(_context: click.Context, _parameter: click.Parameter, value: str | None) -> frozenset[str]:
    if value is None:
        # As nox decides whether a missing interpreter is an error.
        return frozenset({"unexpected", "incomplete" if "CI" in os.environ else _INCOMPLETE_OTHERWISE})
    names = frozenset(part.strip() for part in value.split(",") if part.strip()) - {"none"}
    for name in names - _FAILURES.keys():
        raise click.BadParameter(f"{name!r} is unknown: {suggestion(name, [*_FAILURES, 'none'])}")
    return names


def fail_on_option(command: Command) -> Command:
    """Add what ends with an exit code of its own."""
    return cloup.option(
        "--fail-on",
        show_default="unexpected,incomplete; but unless CI is set, missing interpreters alone do not count",
        callback=_failures,
        metavar="WHAT",
        help="End with 4 if a cell is unexpected, with 3 if data is incomplete; none: with neither.",
    )(command)


def exit_code(
    fail_on: frozenset[str], *, unexpected: int, complete: bool, outcomes: Mapping[str, int] | None = None
) -> ExitCode:
    """Return the exit code of a command that has judged cells; `outcomes`: how many there are of each."""
    if unexpected and "unexpected" in fail_on:
        return ExitCode.UNEXPECTED
    gaps = {name for name, count in (outcomes or {}).items() if count} & {each.value for each in INCOMPLETE}
    excused = _INCOMPLETE_OTHERWISE in fail_on and gaps <= {Outcome.MISSING_INTERPRETER.value}
    counts = not fail_on.isdisjoint({"incomplete", _INCOMPLETE_OTHERWISE}) and not excused
    return ExitCode.INCOMPLETE if counts and not complete else ExitCode.COMPLETE


def scheduler_options(command: Command) -> Command:
    """Add the scheduler and its TLS; the command gets them as `cluster`, None where no scheduler is named."""
    files = {
        "--tls-ca-file": "Certificate of the authority that signed those of the cluster",
        "--tls-cert": "Certificate of this process",
        "--tls-key": "Its private key",
    }
    path = click.Path(dir_okay=False, path_type=Path)
    address = "Address of the Dask scheduler: tcp://HOST:PORT or tls://HOST:PORT."
    options = [cloup.option("--scheduler", metavar="ADDRESS", help=address)]
    options += [
        cloup.option(name, type=path, metavar="FILE", help=f"{text} (tls:// only).") for name, text in files.items()
    ]
    names = ("scheduler", "tls_ca_file", "tls_cert", "tls_key")
    return cloup.option_group("Cluster", *options)(_as_one("cluster", names, _cluster)(command))


def _cluster(
    scheduler: str | None, tls_ca_file: Path | None, tls_cert: Path | None, tls_key: Path | None
) -> Cluster | None:
    from harness.executors.dask.cluster import Cluster

    if scheduler is None:
        return None
    return Cluster(address=scheduler, ca_file=tls_ca_file, certificate=tls_cert, key=tls_key)


def scenarios_option(command: Command) -> Command:
    """Add folders of scenarios beside the built-in ones."""
    return cloup.option(
        "--scenarios",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="A folder of your own scenarios, beside the built-in ones. May be repeated.",
    )(command)


def json_option(command: Command) -> Command:
    """Add `--json`: what is one thing is one object, what is a list is one object a line."""
    text = "Print JSON: one object, or one per line for lists."
    return cloup.option("--json", "as_json", is_flag=True, help=text)(command)


def run_option(command: Command) -> Command:
    """Add the stored run that the command reads."""
    return cloup.option(
        "--run",
        "run_id",
        metavar="ID",
        callback=lambda _context, _parameter, value: None if value == "latest" else value,
        help="A stored run. Default: latest, which is that of a whole plan, else the latest.",
    )(command)


def out_option(command: Command) -> Command:
    """Add the folder for reports."""
    return cloup.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for the reports. Default: reports/, and for a run that is narrowed: none.",
    )(command)


def covering_options(command: Command) -> Command:
    """Add what is to be chosen of a plan; the command gets that as `sampling`."""
    options = cloup.option_group(
        "Sampling",
        cloup.option(
            "--cover",
            type=click.Choice(["pairwise", "triples"]),
            help="Take a minimal set of cells covering every pair (or triple) of axis values.",
        ),
        cloup.option(
            "--budget",
            callback=_budget,
            metavar="TIME",
            help="Time limit (90s, 10m, 1h): most informative cells first; nothing starts after it.",
        ),
    )
    return options(_as_one("sampling", ("cover", "budget"), _sampling)(command))


def _sampling(cover: Literal["pairwise", "triples"] | None, budget: tuple[str, float] | None) -> SamplingRequest:
    from harness.plan.coverage import SamplingRequest

    text, seconds = budget or (None, None)
    return SamplingRequest(cover=cover, budget=text, seconds=seconds)


def jobs_option(command: Command) -> Command:
    """Add how much is done at once."""
    return cloup.option(
        "--jobs",
        "-j",
        type=click.IntRange(1),
        # While one waits for files or deadlines another computes: two cores were busy 81 % of the time with two.
        default=lambda: (os.cpu_count() or 1) + 1,
        help="Environments at once. Default: one more than there are cores.",
    )(command)


def shards_option(command: Command) -> Command:
    """Add the number of parts into which a plan is split."""
    return cloup.option(
        "--shards", type=click.IntRange(1, 10_000), metavar="N", help="Split the plan by environment into N parts."
    )(command)


def times_option(command: Command) -> Command:
    """Add the measured times by which a plan is split."""
    return cloup.option(
        "--times",
        type=click.Path(exists=True, path_type=Path),
        metavar="PATH",
        help="How long environments took: a state folder, or what `plan --shards N --format json` printed. "
        "The same for `plan`, `run` and `merge`. Default: an estimate from the plan alone.",
    )(command)


deadline_option = cloup.option(
    "--deadline",
    type=click.FloatRange(0.1),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Seconds without progress after which a cell that runs alone counts as hung.",
)
