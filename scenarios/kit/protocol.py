"""The file protocol between the harness and a cell process.

The request is one JSON object:

    outcomes   path of the file to append to; it is there already, and its name is removed where that can be done
    scenarios  folders that hold scenario files, the first wins; the last one is that of the harness itself
    server     base URL of the HTTP server on loopback, without a slash at its end
    poll       seconds between two looks of a parent at its children
    limits     what may be written, in bytes, and how much memory a batch may hold:
               {"line": int, "batch": int, "memory": int}
    start      how batches begin: `preloaded`, this process imports what ships with the harness and forks a child for
               each; `bare`, the same without importing anything; `here`, in this process
    at_once    how many children a parent has at the same time
    batches    [{"batch": int, "settings": {...}, "reactorless": bool, "path": [folder, ...], "program": bool,
                 "own": bool, "places": [scenario, ...], "deadlines": {...}, "cells": [[scenario, helper], ...]}, ...]
               `program`: the cells are of one scenario, which is a program of its own. `own`: there are cells of
               scenarios that are not built in: folders but the last are on the path. `places`: scenarios
               that have a crawl of their own. `deadlines`: every limit of time, in seconds; see
               `harness/runner/deadlines.py`, where they are computed. None is written down anywhere else.

Outcomes are lines, each written with one system call, so that a line is there whole or not at all and what was
finished before a crash is kept. In front stands the number of the batch whose line it is, or `-` for a line of the
process that has started the batches, then a space and a JSON object. A child writes to a file of its own and without
the number, which its parent puts there: so it cannot speak for another batch. An empty line is a sign of life: of a
watchdog, or of a parent. Their `type`, and who may say it:

    environment  `-`, or a child that starts from scratch: versions and build
    unusable     the same: Scrapy does not import
    broken       a batch: its crawl did not start
    facts        a batch: reactor, loop and policy while its crawl was running
    cell         a batch, once for each of its cells: outcome, mechanism, detail, seconds, exception, stacks
    tests        a batch that runs the suite of a target: some of its tests
    suite        the same: what else the suite has shown
    close        a batch: how its crawl ended: close, blamed cells, reasons without anyone to blame and the
                 scenarios suspected of them
    end          `-`: a child is over: exit code, signal, why it was killed, its output

The keys of each are those of its class in `harness/runner/wire.py`, which refuses everything else.
"""

import json
import os
import sys

TEXT_LIMIT = 65536
"""Characters of one text in an outcome; hostile scenarios must not fill the disk."""
NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""Opens no symbolic link where the platform can tell."""


def read_request(path):
    """The request at `path` as a dict."""
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def cut(text, limit=TEXT_LIMIT):
    """`text`, or its head and tail with a mark between that says how much was left out."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return "%s\n[... %d characters cut ...]\n%s" % (text[:half], len(text) - 2 * half, text[-half:])


def open_outcomes(path):
    """Open the file of outcomes for the whole time of this process, and remove its name.

    Without a name nothing can take its place, and nobody else's process can open it. Windows keeps the name of what
    somebody has open.
    """
    # O_BINARY is Windows' way of leaving line ends alone.
    file = os.open(path, os.O_WRONLY | os.O_APPEND | NO_LINK | getattr(os, "O_BINARY", 0))
    if sys.platform != "win32":
        os.unlink(path)
    return Report(file, b"- ")


class Report:
    """Appends outcomes to an open file, each with `prefix` in front."""

    def __init__(self, file, prefix=b""):
        self.file = file
        self._prefix = prefix

    def of(self, batch):
        """The report of a batch that runs in this process."""
        return Report(self.file, b"%d " % batch)

    def write(self, outcome):
        line = {key: _plain(value) if isinstance(value, str) else value for key, value in outcome.items()}
        self._append(self._prefix + json.dumps(line).encode("ascii") + b"\n")

    def beat(self):
        """Append an empty line, which says that whoever writes it still runs."""
        self._append(b"\n")

    def relay(self, batch, lines):
        """Append lines that a child has written, as those of its batch."""
        self._append(b"".join([b"%d %s\n" % (batch, line) for line in lines]))

    def _append(self, data):
        while data:
            data = data[os.write(self.file, data) :]


def _plain(text):
    """`text` cut, and lone surrogates, which JSON has no way to write, as escapes."""
    return cut(text).encode("utf-8", "backslashreplace").decode("utf-8")
