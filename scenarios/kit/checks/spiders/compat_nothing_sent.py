"""A scheduler that keeps every request back, so that a crawl starts with all its components and sends nothing."""

import logging

from scrapy import signals
from scrapy_compat_process import lane_facts, write

MOST = 1000
"""Start requests after which a crawl is ended: some start without an end."""
_IDLE = 3
"""Times that a spider may be idle: some ask to be kept open then."""
telling = []
"""What takes what is to be told of the crawl: one function."""


class NothingSent:
    """Counts requests, and ends the crawl when there are no more."""

    def __init__(self, crawler):
        self._crawler = crawler
        self._requests = 0
        self._items = 0
        self._idle = 0
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
        telling[0](requests=self._requests)
        if self._requests >= MOST:
            self._stop()
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
        self._idle += 1
        if self._idle > _IDLE:
            self._stop()

    def _stop(self):
        if not self._stopping:
            self._stopping = True
            logging.getLogger(__name__).info("ended from outside, after %d start requests", self._requests)
            stop = getattr(self._crawler, "stop_async", None)
            if stop is None:
                self._crawler.stop()
            else:
                from scrapy.utils.defer import deferred_from_coro

                deferred_from_coro(stop())
