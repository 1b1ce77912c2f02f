"""The class for scenarios that ask about a place of Scrapy's, and so need settings and a crawl of their own."""

import scrapy
from scrapy import signals

from kit.attribution import cell_of
from kit.cell import DeliberateError

__all__ = ["DeliberateError", "Place", "cell_of"]


class Place(scrapy.Spider):
    """A spider with the component, signal handler or method that awaits; one crawl for all helpers.

    Each helper is a cell, and each cell a request, made by `request_for`. Code that handles a request, a
    response, an item or a failure finds its cell with `cell_of`; where there is none of these (`open_spider`,
    say) the scenario sets `each = True`, has a crawl for each cell, and asks `cell_of(spider)` or
    `cell_of(crawler)`. The component awaits `cell.helper(deferred)`, and what is seen where the effect should
    be seen is told with `cell.note(value)`. The cell passes when the notes are the `expected` ones, in order.
    """

    expected = ["value"]
    """The notes that make a cell pass."""
    each = False
    """Whether every cell has a crawl of its own."""
    server = ""
    """Base URL of an HTTP server on loopback, outside this process; `/echo/<text>` answers with the text."""
    cells = ()
    """The cells of this crawl."""
    cell = None
    """The one cell of this crawl where `each` is set."""

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        """As every spider's; tells cells of the errors that Scrapy signals."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.failed_with_item, signal=signals.item_error)
        crawler.signals.connect(spider.failed_in_callback, signal=signals.spider_error)
        crawler.signals.connect(spider.scraped, signal=signals.item_scraped)
        return spider

    def scraped(self, item):
        """The handler of `item_scraped`; to be overridden by scenarios that look at items at the end of their way."""

    def failed_with_item(self, item, failure):
        """The handler of `item_error`."""
        cell_of(item).failed_as(failure)

    def failed_in_callback(self, failure, response):
        """The handler of `spider_error`; what an errback was given stands in the place of the response."""
        cell_of(response).failed_as(failure)

    def request_for(self, cell):
        """The request that asks for one cell; to be overridden."""
        return self.request(cell, "data:,")

    def request(self, cell, url, **more):
        """A request that belongs to a cell. What goes wrong on its way to the callback is told of the cell."""
        more.setdefault("callback", self.parse)
        more.setdefault("errback", self.failed)
        return scrapy.Request(url, dont_filter=True, meta=dict(more.pop("meta", {}), cell=cell.name), **more)

    def start_requests(self):
        """Start of Scrapy 2.0-2.12."""
        yield from self._requests()

    async def start(self):
        """Start of Scrapy 2.13 and later."""
        for request in self._requests():
            yield request

    def _requests(self):
        for cell in self.cells:
            try:
                request = self.request_for(cell)
            except Exception as error:
                # A request that cannot be made keeps none of the others from being asked.
                cell.failed(error)
            else:
                yield request

    def parse(self, response):
        """The callback of requests; to be overridden by scenarios that look at the response."""

    def failed(self, failure):
        """The errback of requests."""
        cell_of(failure).failed_as(failure)
