"""The file protocol between the harness and a cell process.

The request is one JSON object:

    outcomes   path of the file to append to
    scenarios  folders that hold scenario files, the first wins
    server     base URL of the HTTP server on loopback, without a slash at its end
    fork       whether this process is a parent that forks one child a batch
    poll       seconds between two looks of such a parent at its children
    at_once    how many children such a parent has at the same time
    batches    [{"batch": int, "settings": {...}, "reactorless": bool, "path": [folder, ...], "program": bool,
                 "places": [scenario, ...], "deadlines": {...}, "cells": [[scenario, helper], ...]}, ...]
               `program`: the cells are of one scenario, which is a program of its own. `places`: scenarios
               that have a crawl of their own. `deadlines`: every limit of time, in seconds; see
               `harness/deadlines.py`, where they are computed. None is written down anywhere else.

Outcomes are JSON objects, one a line, each written with one system call, so that a line is there whole
or not at all and what was finished before a crash is kept. Their `type`:

    environment  versions and build of this process
    broken       Scrapy does not import (`batch` null) or the crawl of a batch did not start
    facts        reactor, loop and policy while the crawl of a batch was running
    cell         one cell: outcome, mechanism, detail, seconds, exception, stacks
    close        how the crawl of a batch ended: close, blamed cells, reasons without anyone to blame and the
                 scenarios suspected of them
    end          a forked batch is over: exit code, signal, whether it was killed, its output
"""

import json
import os

TEXT_LIMIT = 65536
"""Characters of one text in an outcome; hostile scenarios must not fill the disk."""


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


class Report:
    """Appends outcomes to a file; shared by a parent and the children it forks."""

    def __init__(self, path):
        # O_BINARY is Windows' way of leaving line ends alone.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._file = os.open(path, flags, 0o600)

    def write(self, outcome):
        line = {key: cut(value) if isinstance(value, str) else value for key, value in outcome.items()}
        data = (json.dumps(line) + "\n").encode("ascii")
        while data:
            data = data[os.write(self._file, data) :]

    def size(self):
        """Bytes written so far by everybody: a growing number is a sign of life."""
        return os.fstat(self._file).st_size
