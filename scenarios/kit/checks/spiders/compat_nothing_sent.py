"""A scheduler that keeps every request back, so that a crawl starts with all its components and sends nothing."""

import asyncio

from scrapy import signals
from scrapy_compat_process import installed_reactor, lane_facts, write

MOST = 1000
"""Start requests after which a crawl is ended: some start without an end."""
_GRACE = 0.3
"""Seconds in which a spider that is idle closes by itself."""
telling = []
"""What takes what is to be told of the crawl: one function."""


class NothingSent:
    """Counts requests, and ends the crawl when there are no more."""

    def __init__(self, crawler):
        self._crawler = crawler
        self._requests = 0
        self._items = 0
        self._stopping = False

    @classmethod
    def from_crawler(cls, crawler):
        made = cls(crawler)
        crawler.signals.connect(made._opened, signals.spider_opened)
        crawler.signals.connect(made._scraped, signals.item_scraped)
        crawler.signals.connect(made._idled, signals.spider_idle)
        return made

    def open(self, spider):
        pass

    def close(self, reason):
        pass

    def has_pending_requests(self):
        return False

    def __len__(self):
        return 0

    def next_request(self):
        return None

    def enqueue_request(self, request):
        self._requests += 1
        if self._requests <= MOST:
            telling[0](requests=self._requests)
        if self._requests == MOST:
            self._later(0, self._stop)
        return True

    def _opened(self, spider):
        facts = lane_facts()
        write("facts", worker="crawl", **facts)
        write("running", **({} if facts["reactor"] else {"loop": facts["loop"]}))
        telling[0](opened=True)

    def _scraped(self, item):
        self._items += 1
        telling[0](items=self._items)

    def _idled(self, spider):
        # Some ask to be kept open; the others are closed by then.
        self._later(_GRACE, self._stop)

    def _later(self, seconds, function):
        reactor = installed_reactor()
        if reactor is None:
            asyncio.get_event_loop().call_later(seconds, function)
        else:
            reactor.callLater(seconds, function)

    def _stop(self):
        if self._stopping:
            return
        self._stopping = True
        stop = getattr(self._crawler, "stop_async", None)
        if stop is None:
            self._crawler.stop()
        else:
            from scrapy.utils.defer import deferred_from_coro

            deferred_from_coro(stop())
