"""The parent on platforms with fork: imports once, then forks a child a batch and watches over it."""

import os
import select
import signal
import sys
import time
import traceback

OUTPUT_HALF = 32768
"""Bytes kept of the beginning and of the end of a child's standard output and error, each."""
POLL = 0.05
GRACE = 15.0
"""Seconds beyond the deadline without a sign of life after which a child is killed."""


def run_forked(request, report):
    """Run every batch of the request in a child of its own, one after the other."""
    from kit.preload import preload

    names = {scenario for batch in request["batches"] for scenario, _ in batch["cells"]}
    preload(names)
    for batch in request["batches"]:
        _run_in_child(request, batch, report)


def _run_in_child(request, batch, report):
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _be_child(request, batch, report, out_write, err_write)
    os.close(out_write)
    os.close(err_write)
    outputs = {out_read: _Capture(), err_read: _Capture()}
    status, killed = _watch(child, outputs, report, request["deadline"] + GRACE)
    for descriptor, capture in outputs.items():
        capture.drain(descriptor)
        os.close(descriptor)
    report.write(
        {
            "type": "end",
            "batch": batch["batch"],
            "exit": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
            "killed": killed,
            "stdout": outputs[out_read].text(),
            "stderr": outputs[err_read].text(),
        }
    )


def _be_child(request, batch, report, out_write, err_write):
    code = 1
    try:
        # A group of its own: what it starts can be killed with it.
        os.setpgid(0, 0)
        os.dup2(out_write, 1)
        os.dup2(err_write, 2)
        from kit.batch import run_batch

        run_batch(request, batch, report)
        sys.stdout.flush()
        sys.stderr.flush()
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        # Never back into the parent's loop, whatever happened above.
        os._exit(code)


def _watch(child, outputs, report, patience):
    """Wait for the child's end and read its output meanwhile; kill it when it shows no life any more."""
    parent = os.getppid()
    size, since, killed = report.size(), time.monotonic(), False
    for descriptor in outputs:
        os.set_blocking(descriptor, False)
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            _kill_group(child)
            return status, killed
        if os.getppid() != parent:
            _kill_group(child)
            os._exit(1)
        if report.size() != size:
            size, since = report.size(), time.monotonic()
        if time.monotonic() - since > patience:
            killed = True
            _kill_group(child)
        open_outputs = [descriptor for descriptor, capture in outputs.items() if not capture.ended]
        if open_outputs:
            for descriptor in select.select(open_outputs, [], [], POLL)[0]:
                outputs[descriptor].read(descriptor)
        else:
            time.sleep(0.001)


def _kill_group(child):
    try:
        os.killpg(child, signal.SIGKILL)
    except OSError:
        pass


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
