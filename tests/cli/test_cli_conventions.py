"""What all commands have in common: examples that work, JSON, errors in one line, colours only where they belong."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import harness.commands.bisect
import harness.infra.packages.index  # noqa: F401  (they define errors of their own)
from harness.cli.command_group import Section
from harness.cli.main import main, scrapy_compat
from harness.cli.options import age
from harness.infra.errors import ConfigurationError, ExitCode, HarnessError
from tests.support.commands import ROOT, run, subcommands
from tests.support.stored_runs import breaks_on_epoll, stored


def commands(group: click.Group = scrapy_compat, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, those in groups too."""
    for name, command in sorted(subcommands(group).items()):
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def command_of(path: tuple[str, ...]) -> click.Command:
    command: click.Command = scrapy_compat
    for name in path:
        command = subcommands(command)[name]
    return command


def examples(path: tuple[str, ...]) -> list[list[str]]:
    """The words of each example of a command, without what the shell does before and after it."""
    found = []
    for line in (command_of(path).help or "").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list(lexer) if "scrapy-compat " in line else []
        if "scrapy-compat" in words:
            words = words[words.index("scrapy-compat") + 1 :]
            end = next((number for number, word in enumerate(words) if re.fullmatch(r"[|&;<>()]+", word)), len(words))
            found.append(words[:end])
    return found


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_has_examples_and_all_of_them_parse(
    path: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = examples(path)
    assert told
    for words in told:
        for word in words:
            if word.endswith(".py"):
                Path(word).parent.mkdir(parents=True, exist_ok=True)
                Path(word).touch()
        at = next(number for number in range(len(words), 0, -1) if tuple(words[:number]) in set(commands()))
        assert tuple(words[: len(path)]) == path
        with command_of(tuple(words[:at])).make_context(" ".join(words[:at]), words[at:]):
            pass


def test_help_lists_every_command_under_its_heading_with_a_whole_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["--help"])
    headings: dict[str, list[str]] = {}
    for line in capsys.readouterr().out.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            headings[line[:-1]] = []
        elif headings and line:
            headings[list(headings)[-1]].append(line)
    assert list(headings)[1:] == [section.value for section in Section]
    listed = [line.split(maxsplit=1) for section in Section for line in headings[section.value]]
    assert sorted(name for name, _ in listed) == sorted(subcommands(scrapy_compat))
    assert [text for _, text in listed if not re.fullmatch(r"[A-Z].*[^.]\.", text)] == []


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_speaks_json(path: tuple[str, ...]) -> None:
    command = command_of(path)
    # What a report writes has formats of its own; a worker gives nothing, it works until it is ended.
    if isinstance(command, click.Group) or path in {("report",), ("worker",)}:
        return
    options = {option: each for each in command.params for option in each.opts}
    formats = options["--format"].type if "--format" in options else None
    assert "--json" in options or (isinstance(formats, click.Choice) and "json" in formats.choices)


@pytest.fixture(scope="module", name="state")
def state_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("state")
    stored(state)
    stored(state, breaks_on_epoll)
    return state


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "diff previous latest", "explain --lane epoll", "advise --scrapy 2.13", "cells --lane epoll", "claims", "runs",
        "plan --plan smoke", "plan --plan smoke --ids", "clean --keep 5", "new question --in mine",
        "baseline accept --baseline accepted", "baseline show --baseline accepted",
    ],
)  # fmt: skip
def test_json_is_objects_on_lines_of_ascii(state: Path, words: str, tmp_path: Path) -> None:
    place = state if "baseline" in words else tmp_path
    command = subcommands(scrapy_compat)[words.split(maxsplit=1)[0]]
    takes_state = isinstance(command, click.Group) or any("--state" in each.opts for each in command.params)
    where = ["--state", str(state)] if takes_state and "show" not in words else []
    if words == "baseline show --baseline accepted":
        run(place, "baseline", "accept", "--baseline", "accepted", *where, "--state", str(state))
    done = run(place, *words.split(), "--json", *where, SCRAPY_COMPAT_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert objects
    assert all(isinstance(each, dict) and each for each in objects)


@pytest.mark.slow
def test_diff_as_json_says_what_the_lines_say(state: Path) -> None:
    told = json.loads(run(state, "diff", "previous", "latest", "--json", "--state", ".").stdout)
    lines = run(state, "diff", "previous", "latest", "--state", ".").stdout
    assert f"{told['counts']['regressed']:,} regressed" in lines
    assert sum(each["cells"] for each in told["ranges"]) == told["counts"]["regressed"]
    assert all(each["block"]["lane"] == ["epoll"] for each in told["ranges"])


def kinds(kind: type[HarnessError] = HarnessError) -> Iterator[type[HarnessError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from kinds(each)


def ended(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str]:
    """Exit code and standard error of a command that raises."""

    def raises() -> None:
        raise error

    monkeypatch.setitem(scrapy_compat.commands, "fails", click.Command("fails", callback=raises))
    with pytest.raises(SystemExit) as end:
        main(["fails", *words])
    assert isinstance(end.value.code, int)
    return end.value.code, capsys.readouterr().err


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_every_kind_of_error_is_one_line_with_cause_and_next_step(
    kind: type[HarnessError], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = kind(value="thing", cause="is\nwrong \x1b[2J", action="mend it")
    code, said = ended(error, monkeypatch, capsys)
    assert (code, said) == (kind.exit_code, "error: thing: is wrong \\x1b[2J. Next: mend it\n")
    code, said = ended(error, monkeypatch, capsys, "--debug")
    assert code == kind.exit_code
    assert "Traceback (most recent call last)" in said
    assert said.endswith("Next: mend it\n")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (PermissionError(13, "Permission denied", "/there"), ExitCode.STORAGE, ["/there", "Permission denied"]),
        (OSError("odd"), ExitCode.STORAGE, ["odd"]),
        (MemoryError(), ExitCode.STORAGE, ["memory", "ulimit -v"]),
        (OSError(24, "Too many open files"), ExitCode.STORAGE, ["open files", "ulimit -n"]),
        (ZeroDivisionError("by zero"), ExitCode.INTERNAL, ["by zero", "defect", "--debug"]),
        (click.UsageError("that is no option"), ExitCode.CONFIGURATION, ["that is no option", "--help"]),
        (click.BadParameter("no number"), ExitCode.CONFIGURATION, ["no number", "--help"]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_whatever_else_goes_wrong_is_one_line_too(
    error: Exception,
    code: ExitCode,
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found, said = ended(error, monkeypatch, capsys)
    assert found == code
    assert re.fullmatch(r"error: .+\. Next: .+\n", said)
    assert all(word in said for word in words)


def test_an_interruption_says_that_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = ended(KeyboardInterrupt(), monkeypatch, capsys)
    assert code == ExitCode.INTERRUPTED
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError(value="v" * 9_000, cause="c" * 9_000, action="mend it"),
        click.BadParameter("b" * 9_000),
        ZeroDivisionError("z" * 9_000),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_to_do_next_is_said_however_long_a_value_is(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said = ended(error, monkeypatch, capsys)
    assert re.fullmatch(r"error: .+… ?.*\. Next: [^…]+\n", said)
    assert len(said) < 2_000


def test_an_error_never_tells_a_credential(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PLANTED_TOKEN", "tok-12345678")
    error = ConfigurationError(value="https://me:sesame@example.org", cause="tok-12345678", action="x")
    for words in ([], ["--debug"]):
        _, said = ended(error, monkeypatch, capsys, *words)
        assert "***@example.org" in said
        assert "sesame" not in said
        assert "tok-1234" not in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("wlak", ExitCode.CONFIGURATION, "wlak"),
        ("plan --lanes epoll", ExitCode.CONFIGURATION, "--lanes"),
        ("show", ExitCode.CONFIGURATION, "CELL"),
        ("clean --older-than soon", ExitCode.CONFIGURATION, "30d"),
        ("diff previous latest", ExitCode.CONFIGURATION, "there is no run of the plan full before"),
        ("diff nothing latest", ExitCode.CONFIGURATION, "nothing"),
        ("cells --run nothing", ExitCode.CONFIGURATION, "nothing"),
        ("claims --state elsewhere", ExitCode.CONFIGURATION, "scrapy-compat run"),
        ("cells --verdict odd", ExitCode.CONFIGURATION, "odd"),
        ("bisect --axis scrapy --cell a/b", ExitCode.CONFIGURATION, "a/b"),
    ],
)
def test_real_mistakes_end_with_one_line_and_the_right_code(
    tmp_path: Path, words: str, code: ExitCode, told: str
) -> None:
    stored(tmp_path / ".scrapy-compat")
    done = run(tmp_path, *words.split())
    assert done.returncode == code, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert told in done.stderr
    assert "Next: " in done.stderr


@pytest.mark.slow
def test_what_a_console_cannot_show_is_written_out(state: Path) -> None:
    arguments = ("diff", "previous", "latest", "--state", ".")
    done = run(state, *arguments, encoding="cp1252")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"pass \u2192 fail" in done.stdout
    assert done.stdout == run(state, *arguments).stdout.replace("\u2192", r"\u2192")


@pytest.mark.parametrize(("text", "seconds"), [("30d", 2_592_000.0), ("12h", 43_200.0), ("2w", 1_209_600.0)])
def test_ages_are_written_with_their_unit(text: str, seconds: float) -> None:
    context = click.Context(click.Command("x"))
    assert age(context, click.Option(["--x"]), text) == seconds


@pytest.mark.parametrize("text", ["", "d", "30", "-1d", "1y", "1.5d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        age(click.Context(click.Command("x")), click.Option(["--x"]), text)


def on_a_terminal(place: Path, *arguments: str, **environ: str) -> str:
    """What a command writes to a terminal."""
    import pty  # noqa: PLC0415  (there is none on Windows)

    master, slave = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **environ}
    env = {name: value for name, value in env.items() if name != "NO_COLOR" or "NO_COLOR" in environ}
    with subprocess.Popen([sys.executable, "-m", "harness", *arguments], cwd=place, env=env, stdout=slave):
        os.close(slave)
        parts = []
        try:
            while part := os.read(master, 65536):
                parts.append(part)
        except OSError:
            pass  # how Linux says that nobody has the other end open any more
    os.close(master)
    return b"".join(parts).decode()


@pytest.mark.slow
@pytest.mark.posix("pseudo-terminals")
@pytest.mark.parametrize("words", ["cells --lane epoll --helper direct", "diff previous latest", "explain"])
def test_there_are_colours_on_a_terminal_and_nowhere_else(state: Path, words: str) -> None:
    arguments = [*words.split(), "--state", "."]
    plain = run(state, *arguments).stdout
    assert "\x1b" not in plain
    coloured = on_a_terminal(state, *arguments)
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured).replace("\r\n", "\n") == plain
    assert "\x1b" not in on_a_terminal(state, *arguments, NO_COLOR="1")
