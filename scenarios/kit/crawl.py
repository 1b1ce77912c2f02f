"""One crawl that asks many questions: a host spider whose requests have the scenarios' callbacks."""

import importlib

import scrapy
from scrapy import signals

from kit.facts import lane_facts


class Host(scrapy.Spider):
    """Sends one request a cell; what its callback did is seen from outside, through Scrapy's signals."""

    name = "host"

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.on_item, signal=signals.item_scraped)
        crawler.signals.connect(spider.on_error, signal=signals.spider_error)
        return spider

    def start_requests(self):
        """Start of Scrapy 2.0-2.12."""
        self.on_running(lane_facts())
        for probe in self.probes:
            scenario = scenario_class(probe.scenario).from_crawler(self.crawler, name=probe.scenario)
            scenario.probe = probe
            scenario.server = self.server
            probe.expected = scenario.expected
            yield scrapy.Request("data:,", callback=scenario.parse, dont_filter=True, meta={"probe": probe})

    async def start(self):
        """Start of Scrapy 2.13 and later."""
        for request in self.start_requests():
            yield request

    def on_item(self, item, response):
        response.meta["probe"].item_scraped()

    def on_error(self, failure, response):
        response.meta["probe"].failed(failure.value, failure.getTraceback())


def scenario_class(name):
    """The scenario of the file `name`.py: the one class defined there that has an `expected` value."""
    from kit.scenario import Scenario

    module = importlib.import_module(name)
    found = [
        thing
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Scenario) and thing.__module__ == name
    ]
    if len(found) != 1:
        raise ImportError("%s defines %d scenarios, not one" % (name, len(found)))
    return found[0]


# Beside the lane's own: many requests at once, since a cell that hangs must not keep the others waiting;
# the console of the telnet extension would take a port of the machine in every crawl.
SETTINGS = {
    "CONCURRENT_ITEMS": 10,
    "CONCURRENT_REQUESTS": 1000,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1000,
    "LOG_LEVEL": "ERROR",
    "TELNETCONSOLE_ENABLED": False,
}


def run_crawl(settings, reactorless, **arguments):
    """Run the host spider to its end in a process class that a user would take; returns nothing.

    Raises whatever kept the crawl from starting. `arguments` become attributes of the spider.
    """
    if reactorless:
        from scrapy.crawler import AsyncCrawlerProcess as Process
    else:
        from scrapy.crawler import CrawlerProcess as Process
    # What a batch logs belongs to none of its cells and is not kept; formatting it costs a fifth of its time.
    process = Process(dict(SETTINGS, LOG_ENABLED=len(arguments["probes"]) == 1, **settings))
    errors = []
    crawl = process.crawl(Host, **arguments)
    if hasattr(crawl, "addErrback"):
        crawl.addErrback(lambda failure: errors.append(failure.value))
    else:
        crawl.add_done_callback(lambda task: task.cancelled() or errors.append(task.exception()))
    process.start()
    for error in errors:
        if error is not None:
            raise error
