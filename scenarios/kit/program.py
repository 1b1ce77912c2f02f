"""The class for scenarios that are programs: ways to start a crawl, and questions asked before there is a reactor."""

import contextlib
import os
import sys
import tempfile

import scrapy

from kit.deferreds import later
from kit.facts import current_loop, lane_facts

REACTORS = {
    "asyncio": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "epoll": "twisted.internet.epollreactor.EPollReactor",
    "select": "twisted.internet.selectreactor.SelectReactor",
}
"""Paths of reactors as they are written in settings."""


class Program:
    """A main program as a user would write it, in a process of its own that no reactor is installed in yet.

    `main` starts a crawl of `AwaitingSpider` in the way that is asked about, with the lane's `settings`; or
    asks something else and tells `note`, `answer` or `fail`. It ends like a program, by returning or by
    `sys.exit`, and is run in an empty folder of its own. All helpers of the scenario are asked in one crawl.
    """

    expected = ["value"]
    """The notes that make a cell pass."""
    server = ""
    """Base URL of an HTTP server on loopback, outside this process; `/echo/<text>` answers with the text."""

    def __init__(self, cells, settings, reactorless, on_running):
        self.cells = cells
        self.settings = settings
        self.reactorless = reactorless
        self._on_running = on_running

    def main(self):
        """The program."""
        raise NotImplementedError

    def running(self):
        """To be called from inside the crawl: reports on which reactor and loop it runs."""
        self._on_running(lane_facts())

    def note(self, value):
        """Note the same for every cell."""
        for cell in self.cells:
            cell.note(value)

    def answer(self, text):
        """Answer the same for every cell."""
        for cell in self.cells:
            cell.answer(text)

    def fail(self, mechanism, detail):
        """Let every cell fail."""
        for cell in self.cells:
            cell.fail(mechanism, detail)

    def write(self, name, text):
        """Write a file of the program's, below the folder it runs in."""
        folder = os.path.dirname(name)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)

    def scrapy(self, *arguments):
        """Run the command `scrapy` with `arguments` in this process; it ends like the command, by `sys.exit`."""
        from scrapy import cmdline

        if "" not in sys.path:
            sys.path.insert(0, "")
        cmdline.execute(["scrapy"] + list(arguments))

    def options(self):
        """The lane's settings as options of the command line, `-s NAME=VALUE` each."""
        return [part for name, value in self.settings.items() for part in ("-s", "%s=%s" % (name, value))]


_current = None


def program():
    """The program that runs in this process, for code that it did not hand itself to."""
    return _current


class AwaitingSpider(scrapy.Spider):
    """A spider with a request for each helper, whose callback awaits `later("value")` and notes what came."""

    name = "awaiting"

    def start_requests(self):
        """Start of Scrapy 2.0-2.12."""
        program().running()
        for number in range(len(program().cells)):
            yield scrapy.Request("data:,", dont_filter=True, cb_kwargs={"number": number})

    async def start(self):
        """Start of Scrapy 2.13 and later."""
        for request in self.start_requests():
            yield request

    async def parse(self, response, number=0):
        cell = program().cells[number]
        try:
            value = await cell.helper(later("value"))
        except Exception as error:
            cell.failed(error)
        else:
            cell.note(value)


def run_program(scenario, cells, batch, server, on_running):
    """Run the program of `scenario`; what it ends with is told of all cells that have no outcome yet."""
    global _current
    _current = scenario(cells, batch["settings"], batch["reactorless"], on_running)
    _current.server = server
    for cell in cells:
        cell.expected = scenario.expected
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            with contextlib.suppress(SystemExit):
                _current.main()
        except BaseException as error:
            for cell in cells:
                cell.failed(error)
        finally:
            os.chdir(os.path.dirname(folder))
    for cell in cells:
        if cell.outcome is None:
            cell.judge()


__all__ = ["REACTORS", "AwaitingSpider", "Program", "current_loop", "program", "run_program"]
