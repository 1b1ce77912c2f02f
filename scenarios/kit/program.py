"""The class for scenarios that are programs: ways to start a crawl, and questions asked before there is a reactor."""

import os
import shutil
import sys
import tempfile

import scrapy

from kit.deferreds import later
from kit.facts import current_loop, lane_facts
from kit.mechanisms import describe, mechanism_of

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
    refusals = ()
    """Mechanisms of the exceptions that are the right answer: a program that ends with one notes `refused`."""
    server = ""
    """Base URL of an HTTP server on loopback, outside this process; `/echo/<text>` answers with the text."""

    def __init__(self, cells, settings, reactorless, on_running):
        self.cells = cells
        self.settings = settings
        self.reactorless = reactorless
        self.exit_code = None
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

    def crawled(self):
        """A crawl of `QuietSpider` ran, which is wrong where a refusal is expected."""
        if self.refusals:
            self.fail("not-refused", "nothing was raised, the crawl ran")
        else:
            self.note("crawled")

    def ended(self, error, traceback_text=None):
        """It ended with an exception: a refusal that is expected, or what every unfinished cell fails with."""
        if mechanism_of(error) in self.refusals:
            self.answer(describe(error, "")["detail"])
            self.note("refused")
        else:
            for cell in self.cells:
                cell.failed(error, traceback_text)

    def process(self, settings):
        """The process class that a user would take for the lane."""
        if self.reactorless:
            from scrapy.crawler import AsyncCrawlerProcess as Process
        else:
            from scrapy.crawler import CrawlerProcess as Process
        return Process(settings)

    def install_reactor(self):
        """Install the lane's reactor and loop by hand, where it asks for others than the default ones."""
        from scrapy.utils.reactor import install_reactor

        # Scrapy 2.0-2.3 know no second argument.
        names = ("TWISTED_REACTOR", "ASYNCIO_EVENT_LOOP")[: 1 if scrapy.version_info < (2, 4) else 2]
        arguments = [self.settings[name] for name in names if name in self.settings]
        if arguments[0]:
            install_reactor(*arguments)

    def run_reactor(self, deferred):
        """Run the reactor until `deferred` fires; raises what it failed with."""
        from twisted.internet import reactor

        failures = []
        deferred.addErrback(failures.append)
        # Also where it has fired already: a reactor that does not run yet cannot be stopped.
        deferred.addBoth(lambda _: reactor.callWhenRunning(reactor.stop))
        reactor.run()
        if failures:
            failures[0].raiseException()

    def write(self, name, text):
        """Write a file of the program's, below the folder it runs in."""
        folder = os.path.dirname(name)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)

    def write_settings(self, settings):
        """Write a project of nothing but `settings`, a dict."""
        self.write("scrapy.cfg", "[settings]\ndefault = project.settings\n")
        self.write("project/__init__.py", "")
        self.write("project/settings.py", "".join("%s = %r\n" % item for item in settings.items()))

    def write_project(self, spider, settings):
        """Write a project with one spider, given as source, and with `settings`, a dict."""
        self.write_settings(dict(settings, SPIDER_MODULES=["project.spiders"]))
        self.write("project/spiders.py", spider)

    def run_scrapy(self, *arguments):
        """Run the command `scrapy` with `arguments` in this process, to its end. `scrapy` is an option's name."""
        from scrapy import cmdline

        if "" not in sys.path:
            sys.path.insert(0, "")
        try:
            cmdline.execute(["scrapy"] + list(arguments))
        except SystemExit as error:
            self.exit_code = error.code

    def options(self):
        """The lane's settings as options of the command line, `-s NAME=VALUE` each."""
        # None cannot be given there; what is empty counts as not set.
        pairs = [(name, "" if value is None else value) for name, value in self.settings.items()]
        return [part for pair in pairs for part in ("-s", "%s=%s" % pair)]


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


class QuietSpider(scrapy.Spider):
    """A spider that awaits nothing: one request, whose callback tells the program that the crawl ran."""

    name = "quiet"

    def start_requests(self):
        """Start of Scrapy 2.0-2.12."""
        program().running()
        yield scrapy.Request("data:,", dont_filter=True)

    async def start(self):
        """Start of Scrapy 2.13 and later."""
        for request in self.start_requests():
            yield request

    def parse(self, response):
        program().crawled()


def run_program(scenario, cells, batch, server, on_running, take_unhandled):
    """Run the program of `scenario`; an exception that it ends with is told of all cells that have no outcome yet.

    `take_unhandled()` gives the exception that ended it where nobody raised it here; see `CloseWatch`.
    """
    global _current
    _current = scenario(cells, batch["settings"], batch["reactorless"], on_running)
    _current.server = server
    for cell in cells:
        cell.expected = scenario.expected
    before = os.getcwd()
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    try:
        _current.main()
    except SystemExit as error:
        _current.exit_code = error.code
    except BaseException as error:
        _current.ended(error)
    finally:
        os.chdir(before)
        # Windows keeps a folder in which somebody has a file open, which says nothing of the program.
        shutil.rmtree(folder, ignore_errors=True)
    _finish(take_unhandled)


def _finish(take_unhandled):
    unfinished = [cell for cell in _current.cells if cell.outcome is None]
    unhandled = take_unhandled() if unfinished else None
    if unhandled is not None:
        _current.ended(*unhandled)
    for cell in unfinished:
        if _current.exit_code and not cell.was_entered:
            cell.fail("exit-%s" % _current.exit_code, "the program ended with exit code %s" % _current.exit_code)


__all__ = ["REACTORS", "AwaitingSpider", "Program", "QuietSpider", "current_loop", "program", "run_program"]
