"""harness.infra.process.supervisor with real programs: chatty, stubborn, forking, escaping and crashing ones."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.infra.errors import ToolError
from harness.infra.process.captures import BoundedText
from harness.infra.process.endings import exit_name
from harness.infra.process.markers import MARKER
from harness.infra.process.supervisor import Completed, Process, clean_environment, run, start, sweep

ROOT = Path(__file__).resolve().parents[2]


def python(script: str, **options: object) -> Completed:
    options.setdefault("deadline", 60.0)
    options.setdefault("env", clean_environment())
    return run([sys.executable, "-c", textwrap.dedent(script)], **options)  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for_lines(path: Path, count: int) -> list[int]:
    for _ in range(3000):
        if path.exists() and len(lines := path.read_text().split()) >= count:
            return [int(line) for line in lines]
        time.sleep(0.01)
    raise AssertionError(f"{path} did not get {count} lines")


def test_output_and_exit_code_arrive() -> None:
    done = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert (done.returncode, done.signal, done.timed_out) == (7, None, False)
    assert (done.stdout.split(), done.stderr.split()) == (["out"], ["err"])
    assert done.seconds > 0


def test_a_process_that_crashed_is_told_by_name() -> None:
    done = python("import faulthandler; faulthandler._read_null()")
    if sys.platform == "win32":
        assert (exit_name(done.returncode), done.signal) == ("STATUS_ACCESS_VIOLATION", None)
    else:
        assert (done.returncode, done.signal) == (-signal.SIGSEGV, "SIGSEGV")


def test_codes_of_windows_have_names_and_those_of_programs_stay_numbers() -> None:
    codes = (0, 3, 255, 0xC0000005, 0xC0000374, 0xC0000123)
    told = ["0", "3", "255", "STATUS_ACCESS_VIOLATION", "STATUS_HEAP_CORRUPTION", "0xC0000123"]
    assert [exit_name(code) for code in codes] == told


def test_standard_input_is_empty_unless_given() -> None:
    assert python("import sys; print(repr(sys.stdin.read()))").stdout.strip() == "''"


def test_input_larger_than_a_pipe_arrives_whole() -> None:
    done = python("import sys; print(len(sys.stdin.buffer.read()))", stdin=b"x" * 3_000_000)
    assert done.stdout.strip() == "3000000"


def test_input_that_nobody_reads_does_not_block() -> None:
    assert python("pass", stdin=b"x" * 3_000_000).returncode == 0


def test_a_hundred_megabytes_are_cut_in_the_middle() -> None:
    done = python(
        """
        import sys
        sys.stdout.buffer.write(b"first\\n")
        for _ in range(100):
            sys.stdout.buffer.write(b"x" * 1_000_000)
        sys.stdout.buffer.write(b"\\nlast")
        """,
        cap=10_000,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("first\n")
    assert done.stdout.endswith("\nlast")
    assert f"[... {100_000_011 - 10_000} bytes cut ...]" in done.stdout
    assert len(done.stdout) < 10_100


def test_a_program_that_cannot_be_started_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="no-such-program"):
        run([tmp_path / "no-such-program"], env={}, deadline=1)


def test_a_deadline_ends_a_process_that_sleeps() -> None:
    done = python("import time; time.sleep(600)", deadline=0.5)
    assert done.timed_out
    assert done.returncode != 0


LINGERING = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
log = sys.argv[1]

def linger():
    with open(log, "a") as file:
        file.write(f"{os.getpid()}\\n")
    time.sleep(600)
"""
STUBBORN = LINGERING + (
    """
again = [sys.executable, "-c", "import os, sys; exec(os.environ['LINGERING']); linger()", log]
if os.environ.get("ORPHAN"):
    subprocess.Popen(again)     # what is left when the process that started it has ended
    sys.exit(0)
subprocess.Popen(again)         # a child
group = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
subprocess.Popen(again, creationflags=group)    # a child that has nothing in common with this one
orphan = [sys.executable, "-c", os.environ["STUBBORN"], log]
subprocess.Popen(orphan, env=dict(os.environ, ORPHAN="1")).wait()
if len(sys.argv) > 2:
    sys.exit(0)
linger()
"""
    if sys.platform == "win32"
    else """
if os.fork() == 0:          # a child
    linger()
if os.fork() == 0:          # a child in a group of its own
    os.setpgid(0, 0)
    linger()
if os.fork() == 0:          # a daemon: forked twice, a session of its own, orphaned
    os.setsid()
    if os.fork() == 0:
        linger()
    os._exit(0)
if len(sys.argv) > 2:
    sys.exit(0)
linger()
"""
)


def stubborn(log: Path, *more: str) -> Process:
    """A process that starts three others, in all the ways in which they can get out of reach, and a line for each."""
    env = clean_environment({"LINGERING": LINGERING, "STUBBORN": STUBBORN})
    return start([sys.executable, "-c", STUBBORN, log, *more], env=env)


def test_a_deadline_ends_children_and_daemons_that_ignore_sigterm(tmp_path: Path) -> None:
    log = tmp_path / "pids"
    with stubborn(log) as process:
        pids = wait_for_lines(log, 4)
        assert process.poll() is None
        process.kill_tree(grace=0.2)
        done = process.finish()
    assert done.signal == ("SIGKILL" if sys.platform != "win32" else None)
    assert done.returncode != 0
    assert not any(map(alive, pids))


def test_what_a_finished_process_left_behind_is_killed_and_its_pipe_does_not_block(tmp_path: Path) -> None:
    log = tmp_path / "pids"
    with stubborn(log, "end") as process:
        pids = wait_for_lines(log, 3)
        done = process.finish()
    assert done.returncode == 0
    assert not any(map(alive, pids))


def test_sweep_finds_everything_this_harness_started(tmp_path: Path) -> None:
    log = tmp_path / "pids"
    process = stubborn(log)
    pids = wait_for_lines(log, 4)
    assert sweep() >= 4
    assert not any(map(alive, pids))
    assert process.wait(30) == (-signal.SIGKILL if sys.platform != "win32" else 1)


@pytest.mark.skipif(sys.platform != "win32", reason="elsewhere cells look for the harness themselves: test_hostile_run")
def test_when_the_harness_is_killed_the_system_ends_all_that_it_started(tmp_path: Path) -> None:
    log = tmp_path / "pids"
    harness = """
    import os, sys
    from harness.infra.process.supervisor import start
    with start([sys.executable, "-c", os.environ["STUBBORN"], sys.argv[1]], env=dict(os.environ)) as process:
        process.wait()
    """
    env = clean_environment({"LINGERING": LINGERING, "STUBBORN": STUBBORN, "PYTHONPATH": str(ROOT)})
    with start([sys.executable, "-c", textwrap.dedent(harness), log], env=env) as process:
        pids = wait_for_lines(log, 4)
        assert all(map(alive, pids))
        psutil.Process(process.pid).kill()
        for _ in range(3000):
            if not any(map(alive, pids)):
                break
            time.sleep(0.01)
        assert not any(map(alive, pids))


def test_leaving_the_block_kills_what_still_runs() -> None:
    with start([sys.executable, "-c", "import time; time.sleep(600)"], env=clean_environment()) as process:
        pass
    assert process.poll() is not None


def test_output_can_be_read_while_it_runs() -> None:
    script = "import time; print('ready', flush=True); time.sleep(600)"
    with start([sys.executable, "-c", script], env=clean_environment()) as process:
        for _ in range(3000):
            if "ready" in process.output()[0]:
                break
            time.sleep(0.01)
        assert process.poll() is None
        assert process.wait(0.01) is None
        assert "ready" in process.output()[0]


def test_every_process_carries_the_marker_of_all_above_it() -> None:
    inner = f"import os; print(os.environ[{MARKER!r}])"
    own = os.environ.get(MARKER, "")
    marker = python(inner).stdout.strip()
    assert marker.startswith(own)
    assert len(marker) > len(own)


def test_a_clean_environment_reaches_into_no_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "SCRAPY_SETTINGS_MODULE", "KEPT"):
        monkeypatch.setenv(name, "x")
    cleaned = clean_environment({"PYTHONHASHSEED": "0"})
    assert {name for name in cleaned if name.startswith(("PYTHON", "VIRTUAL", "SCRAPY"))} == {"PYTHONHASHSEED"}
    assert cleaned["KEPT"] == "x"


def test_cells_see_no_index_and_no_proxy_but_uv_does(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"UV_INDEX", "PIP_INDEX_URL", "https_proxy" if sys.platform != "win32" else "HTTPS_PROXY", "NO_PROXY"}
    for name in names:
        monkeypatch.setenv(name, "x")
    assert not names & clean_environment().keys()
    assert names <= clean_environment(network=True).keys()


@given(chunks=st.lists(st.binary(max_size=40)), cap=st.integers(min_value=0, max_value=60))
def test_bounded_text_keeps_head_and_tail_and_counts_the_rest(chunks: list[bytes], cap: int) -> None:
    whole = bytes(byte % 128 for byte in b"".join(chunks))
    kept = BoundedText(cap)
    for chunk in chunks:
        kept.add(bytes(byte % 128 for byte in chunk))
    if len(whole) <= cap:
        assert kept.text() == whole.decode()
    else:
        head, tail = whole[: cap // 2], whole[len(whole) - (cap - cap // 2) :]
        assert kept.text() == f"{head.decode()}\n[... {len(whole) - cap} bytes cut ...]\n{tail.decode()}"
