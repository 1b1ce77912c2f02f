"""The parent on platforms with fork: imports once, or nothing, then forks a child a batch and watches over it."""

import fcntl
import os
import select
import signal
import sys
import time
import traceback

from kit.protocol import Report

OUTPUT_HALF = 32768
"""Bytes kept of the beginning and of the end of a child's standard output and error, each."""
READ = 1 << 20
"""Bytes read at a time of what a child has written."""


def run_forked(request, report):
    """Run every batch of the request in a child of its own, `at_once` of them side by side."""
    if request["start"] == "preloaded":
        from kit.preload import preload

        preload({scenario for batch in request["batches"] for scenario, _ in batch["cells"]})
    waiting = list(reversed(request["batches"]))
    children = []
    parent = os.getppid()
    while waiting or children:
        while waiting and len(children) < request["at_once"]:
            children.append(_Child(request, waiting.pop(), report, children))
        if os.getppid() != parent:
            # Nobody is left to report to: the harness was killed.
            for child in children:
                child.kill()
            os._exit(1)
        _read_outputs(children, request["poll"])
        children = [child for child in children if not child.has_ended()]


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
        self._pid = os.fork()
        if self._pid == 0:
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
        self._patience = batch["deadlines"]["silence"]
        self._position = 0
        self._rest = b""
        self._since = time.monotonic()
        self._killed = None

    def open_outputs(self):
        return [descriptor for descriptor, capture in self._outputs.items() if not capture.ended]

    def open_files(self):
        return [self._file] + list(self._outputs)

    def read(self, descriptor):
        self._outputs[descriptor].read(descriptor)

    def kill(self, why=None):
        self._killed = self._killed or why
        try:
            os.killpg(self._pid, signal.SIGKILL)
        except OSError:
            pass

    def has_ended(self):
        """Whether it is over, and reported so; kills it first when it shows no life any more."""
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        self._hand_on()
        if not pid:
            if time.monotonic() - self._since > self._patience:
                self.kill("silent")
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
        self._report.write(dict(end, stdout=out, stderr=err))
        return True

    def _hand_on(self):
        """Hand on what it has written, by its number and not by what it says; kill it if that is too much."""
        while self._killed != "flooded":
            # Where it is read is not told by the descriptor, which the child has as well.
            data = os.pread(self._file, READ, self._position)
            if not data:
                return
            self._position += len(data)
            self._since = time.monotonic()
            lines = (self._rest + data).split(b"\n")
            self._rest = lines.pop()
            self._report.relay(self._number, [line for line in lines if line])
            if len(self._rest) > self._bounds["line"] or self._position > self._bounds["batch"]:
                self.kill("flooded")


def _nameless_file():
    """A file that no other process can open by its name, to be appended to."""
    if hasattr(os, "memfd_create"):
        file = os.memfd_create("outcomes")
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
        # A group of its own: what it starts can be killed with it.
        os.setpgid(0, 0)
        os.dup2(out_write, 1)
        os.dup2(err_write, 2)
        code = _run(request, batch, report)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        # Never back into the parent's loop, whatever happened above.
        os._exit(code)


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
