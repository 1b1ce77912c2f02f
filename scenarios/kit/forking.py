"""The parent on platforms with fork: imports once, or nothing, then forks a child a batch and watches over it."""

import ctypes
import fcntl
import os
import select
import signal
import sys
import time
import traceback

from kit.process_usage import Spent, children, memory
from kit.protocol import Report

OUTPUT_HALF = 32768
"""Bytes kept of the beginning and of the end of a child's standard output and error, each."""
READ = 1 << 20
"""Bytes read at a time of what a child has written."""
PR_SET_CHILD_SUBREAPER = 36
F_ADD_SEALS = 1033
F_SEAL_SHRINK = 2


def run_forked(request, report):
    """Run every batch of the request in a child of its own, `at_once` of them side by side."""
    if request["start"] == "preloaded":
        from kit.preload import preload

        preload(request)
    _adopt_orphans()
    waiting = list(reversed(request["batches"]))
    running = []
    looked = 0.0
    parent = os.getppid()
    while waiting or running:
        while waiting and len(running) < request["at_once"]:
            running.append(_Child(request, waiting.pop(), report, running))
        if os.getppid() != parent:
            # Nobody is left to report to: the harness was killed.
            for child in running:
                child.kill()
            os._exit(1)
        _read_outputs(running, request["poll"])
        ended = [child for child in running if child.has_ended()]
        running = [child for child in running if child not in ended]
        if ended:
            _end_orphans({child.pid for child in running})
            for child in ended:
                child.tell_end()
        if time.monotonic() - looked >= request["poll"]:
            # Not each time there is something to read, which may be often.
            looked = time.monotonic()
            report.beat()
            for child in running:
                child.look()


def _adopt_orphans():
    """Become the parent of whatever descendant loses its own, where the system has that (Linux)."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (AttributeError, OSError):
        pass


def _end_orphans(known):
    """End the children of this process that are none of `known`: what a child that has ended left behind.

    Those of a child that runs are its own, since it adopts them as well. Repeated until there are none, because what
    these have started becomes this process's own.
    """
    while True:
        orphans = set(children(os.getpid())) - known
        if not orphans:
            return
        for orphan in orphans:
            os.kill(orphan, signal.SIGKILL)
            os.waitpid(orphan, 0)


def _read_outputs(children, poll):
    """Wait a moment for output of any child, and take it."""
    reading = {descriptor: child for child in children for descriptor in child.open_outputs()}
    if not reading:
        time.sleep(0.001)
        return
    for descriptor in select.select(list(reading), [], [], poll)[0]:
        reading[descriptor].read(descriptor)


class _Child:
    """One batch in a process of its own, with a file of its own for what it has to say."""

    def __init__(self, request, batch, report, others):
        """`others` are the children that run already: what this one inherits of their files it closes."""
        self._number = batch["batch"]
        self._report = report
        self._bounds = request["limits"]
        self._file = _nameless_file()
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            for descriptor in [report.file, out_read, err_read] + [
                each for other in others for each in other.open_files()
            ]:
                os.close(descriptor)
            _be_child(request, batch, Report(self._file), out_write, err_write)
        os.close(out_write)
        os.close(err_write)
        # The descriptors in the order of standard output and error.
        self._outputs = {out_read: _Capture(), err_read: _Capture()}
        for descriptor in self._outputs:
            os.set_blocking(descriptor, False)
        self._deadlines = batch["deadlines"]
        self._position = 0
        self._rest = b""
        self._spent = Spent(self._deadlines, self.pid)
        self._heard = False
        self._killed = None
        self._end = None

    def open_outputs(self):
        return [descriptor for descriptor, capture in self._outputs.items() if not capture.ended]

    def open_files(self):
        return [self._file] + list(self._outputs)

    def read(self, descriptor):
        self._outputs[descriptor].read(descriptor)

    def kill(self, why=None):
        self._killed = self._killed or why
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except OSError:
            pass

    def has_ended(self):
        """Whether it is over."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        self._hand_on()
        if not pid:
            return False
        self.kill()
        for descriptor, capture in self._outputs.items():
            capture.drain(descriptor)
            os.close(descriptor)
        os.close(self._file)
        out, err = [capture.text() for capture in self._outputs.values()]
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        end = {"type": "end", "batch": self._number, "exit": code, "signal": number, "killed": self._killed}
        self._end = dict(end, stdout=out, stderr=err)
        return True

    def look(self):
        """Kill it when it shows no life any more, or holds too much memory."""
        if self._heard:
            self._spent, self._heard = Spent(self._deadlines, self.pid), False
        if self._spent.is_too_much(self._deadlines["silence"]):
            self.kill("silent")
        if memory(self.pid) > self._bounds["memory"]:
            self.kill("memory-limit")

    def tell_end(self):
        """Report how it ended."""
        self._report.write(self._end)

    def _hand_on(self):
        """Hand on what it has written, by its number and not by what it says; kill it if that is too much."""
        while self._killed != "flooded":
            # Where it is read is not told by the descriptor, which the child has as well.
            data = os.pread(self._file, READ, self._position)
            if not data:
                return
            self._position += len(data)
            self._heard = True
            lines = (self._rest + data).split(b"\n")
            self._rest = lines.pop()
            self._report.relay(self._number, [line for line in lines if line])
            if len(self._rest) > self._bounds["line"] or self._position > self._bounds["batch"]:
                self.kill("flooded")


def _nameless_file():
    """A file that no other process can open by its name, to be appended to."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("outcomes", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)  # novermin  (asked for above)
        # Whoever has it can only make it longer: what has been read of it stays where it was.
        fcntl.fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK)
    else:
        # Before Python 3.8.
        import tempfile

        with tempfile.TemporaryFile() as made:
            file = os.dup(made.fileno())
    fcntl.fcntl(file, fcntl.F_SETFL, fcntl.fcntl(file, fcntl.F_GETFL) | os.O_APPEND)
    return file


def _be_child(request, batch, report, out_write, err_write):
    code = 1
    try:
        # A group of its own: what it starts can be killed with it, and what leaves that stays below it.
        os.setpgid(0, 0)
        _adopt_orphans()
        os.dup2(out_write, 1)
        os.dup2(err_write, 2)
        _move_to_folder("batch-%d" % batch["batch"])
        code = _run(request, batch, report)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        # Never back into the parent's loop, whatever happened above.
        os._exit(code)


def _move_to_folder(name):
    """Work in a new folder and make temporary files there: as a process that was started for this batch alone would."""
    os.mkdir(name)
    os.chdir(name)
    for variable in ("TMPDIR", "TEMP", "TMP"):
        if variable in os.environ:
            os.environ[variable] = os.getcwd()
    if "tempfile" in sys.modules:
        # The one module of those that are imported once which keeps what such a variable has said.
        sys.modules["tempfile"].tempdir = None


def _run(request, batch, report):
    if request["start"] == "bare":
        from kit.facts import attest_environment

        if not attest_environment(report):
            return 4
    from kit.batch import run_batch

    run_batch(request, batch, report)
    return 0


class _Capture:
    """The beginning and the end of a stream of any length."""

    def __init__(self):
        self.ended = False
        self._head = b""
        self._tail = b""
        self._total = 0

    def read(self, descriptor):
        """Take what is there; True if there was something."""
        try:
            data = os.read(descriptor, 65536)
        except BlockingIOError:
            return False
        if not data:
            self.ended = True
            return False
        self._total += len(data)
        room = OUTPUT_HALF - len(self._head)
        self._head += data[:room]
        self._tail = (self._tail + data[room:] if room > 0 else self._tail + data)[-OUTPUT_HALF:]
        return True

    def drain(self, descriptor):
        """Take what is left, without waiting for a grandchild that keeps the pipe open."""
        while self.read(descriptor) and self._total < 1 << 30:
            pass

    def text(self):
        cut = self._total - len(self._head) - len(self._tail)
        mark = b"\n[... %d bytes cut ...]\n" % cut if cut > 0 else b""
        return (self._head + mark + self._tail).decode("utf-8", "backslashreplace")
