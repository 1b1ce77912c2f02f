"""The crawls of one lane in one process: the host's, which asks for many scenarios, and those of places."""

import functools
import importlib
import inspect
import logging

import scrapy
from scrapy import signals

from kit.attribution import cell_of, root_of
from kit.deferreds import when_done
from kit.facts import lane_facts
from kit.place import Place
from kit.program import Program
from kit.quick_settings import QuicklyCopied
from kit.scenario import Scenario

# Beside the lane's own: many requests at once, since a cell that hangs must not keep the others waiting;
# the console of the telnet extension would take a port of the machine in every crawl; nobody reads its statistics.
SETTINGS = {
    "CONCURRENT_ITEMS": 10,
    "CONCURRENT_REQUESTS": 1000,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1000,
    "LOGSTATS_INTERVAL": 0,
    "LOG_LEVEL": "ERROR",
    "MEMUSAGE_ENABLED": False,
    "STATS_DUMP": False,
    "TELNETCONSOLE_ENABLED": False,
}


class Host(scrapy.Spider):
    """Sends one request a cell; what its callback did is seen from outside, through Scrapy's signals."""

    name = "host"

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.on_item, signal=signals.item_scraped)
        crawler.signals.connect(spider.on_error, signal=signals.spider_error)
        crawler.signals.connect(spider.on_closed, signal=signals.spider_closed)
        return spider

    def start_requests(self):
        """Start of Scrapy 2.0-2.12."""
        self.on_running(lane_facts())
        for cell in self.hosted:
            try:
                scenario = scenario_class(cell.scenario).from_crawler(self.crawler, name=cell.scenario)
            except (Exception, SystemExit, KeyboardInterrupt) as error:
                cell.failed(error)
                continue
            scenario.cell = cell
            scenario.server = self.server
            cell.expected = [scenario.expected]
            callback = _telling(scenario.parse, cell)
            yield scrapy.Request("data:,", callback=callback, dont_filter=True, meta={"cell": cell.name})

    async def start(self):
        """Start of Scrapy 2.13 and later."""
        for request in self.start_requests():
            yield request

    def on_item(self, item, response):
        cell_of(response).item_scraped()

    def on_closed(self):
        # A crawl of one cell could be over before the Deferred of a failed await fires, one of many is not: whether
        # nobody handles its error must not be a matter of milliseconds.
        return when_done(lambda: not any(cell.left_waiting for cell in self.hosted))

    def on_error(self, failure, response):
        cell_of(response).failed_as(failure)


def _telling(callback, cell):
    """`callback`, telling its cell of what it raises: whether Scrapy hands that on is another question."""
    if not inspect.iscoroutinefunction(callback):
        return callback

    @functools.wraps(callback)
    async def telling(response):
        cell.entered()
        try:
            return await callback(response)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            cell.failed(error)
            raise

    return telling


def scenario_class(name):
    """The scenario of the file `name`.py: the one class defined there that is a scenario of one kind or another."""
    module = importlib.import_module(name)
    found = [
        thing
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, (Scenario, Place, Program)) and thing.__module__ == name
    ]
    if len(found) != 1:
        raise ImportError("%s defines %d scenarios, not one" % (name, len(found)))
    return found[0]


class Crawls:
    """The crawls of one process, side by side, in a process class that a user would take."""

    def __init__(self, settings, reactorless, alone):
        if reactorless:
            from scrapy.crawler import AsyncCrawlerProcess as Process
        else:
            from scrapy.crawler import CrawlerProcess as Process
        settings = dict(SETTINGS, LOG_ENABLED=alone, **settings)
        self._process = Process(settings if alone else QuicklyCopied(settings))
        if not alone:
            # What a batch logs belongs to none of its cells and is not kept; only errors are looked at. Making
            # and formatting the rest took a fifth of its time.
            logging.disable(logging.WARNING)
        self._errors = []

    def add_host(self, **arguments):
        """Add the host's crawl; `arguments` become attributes of the spider. What keeps it from starting counts."""
        _when_over(self._process.crawl(Host, **arguments), self._errors.append)

    def add_place(self, spider, cells):
        """Add the crawl of a place for some cells, which fail if it does."""

        def over(error):
            for cell in cells:
                # What it has to show may come when all is thrown away that the crawl has left.
                cell.crawl_ended = True
                if error is not None:
                    cell.failed(root_of(error))

        try:
            crawl = self._process.crawl(spider)
        except Exception as error:
            over(error)
        else:
            _when_over(crawl, over)

    def run(self):
        """Run them to their end; raises whatever kept the host's crawl from starting."""
        self._process.start()
        for error in self._errors:
            if error is not None:
                raise error


def run_crawls(batch, cells, server, on_running):
    """Run the crawls that `cells` need; raises whatever kept the lane's reactor and loop from being installed."""
    crawls = Crawls(batch["settings"], batch["reactorless"], alone=len(cells) == 1)
    hosted = [cell for cell in cells if cell.scenario not in batch["places"]]
    # The host's first, even with nothing to ask: it installs the reactor, and what a scenario imports when it is
    # loaded after that cannot choose another.
    crawls.add_host(hosted=hosted, server=server, on_running=on_running)
    places = {}
    for cell in cells:
        if cell.scenario in batch["places"]:
            try:
                scenario = scenario_class(cell.scenario)
            except (Exception, SystemExit, KeyboardInterrupt) as error:
                cell.failed(error)
            else:
                cell.expected = scenario.expected
                places.setdefault(cell if scenario.each else cell.scenario, (scenario, []))[1].append(cell)
    for scenario, group in places.values():
        parts = {"name": group[0].scenario, "cells": group, "server": server}
        if scenario.each:
            parts["cell"] = group[0]
        crawls.add_place(type(scenario.__name__, (scenario,), parts), group)
    crawls.run()


def _when_over(crawl, over):
    """Call `over` with the exception that the crawl ended with, or None."""
    if hasattr(crawl, "addErrback"):
        crawl.addCallbacks(lambda result: over(None), lambda failure: over(failure.value))
    else:
        crawl.add_done_callback(lambda task: over(None if task.cancelled() else task.exception()))
