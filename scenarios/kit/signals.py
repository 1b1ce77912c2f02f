"""What scenarios share that handle Scrapy's signals."""

import inspect

from scrapy import signals
from scrapy.exceptions import DropItem

from kit.attribution import cell_behind, cell_of


class Listening:
    """For a `Place`: its methods `on_<name of a signal>` are connected to these signals."""

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        """As every spider's."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        for name in vars(signals):
            handler = getattr(spider, "on_" + name, None)
            if inspect.iscoroutinefunction(handler):
                crawler.signals.connect(_telling(handler), signal=getattr(signals, name), weak=False)
            elif handler is not None:
                crawler.signals.connect(handler, signal=getattr(signals, name))
        return spider

    def on_spider_error(self, failure, response):
        """Tells the cell, if its code ran at all: the log has no frames that lead to it in older Twisted."""
        cell = cell_of(response)
        if cell.was_entered:
            cell.failed_as(failure)


def _telling(handler):
    """`handler`, telling its cell of exceptions. Scrapy only logs them, and older Twisted without their frames."""
    names = inspect.signature(handler).parameters

    async def telling(**arguments):
        try:
            return await handler(**{name: arguments[name] for name in names})
        except Exception as error:
            cell_behind(error).failed(error)
            raise

    telling.__qualname__ = handler.__qualname__
    return telling


class DroppingPipeline:
    """Drops items that say `drop`."""

    def process_item(self, item, spider):
        """As every pipeline's."""
        if item.get("drop"):
            raise DropItem("on purpose")
        return item


class FailingPipeline:
    """Raises an exception for items that say `fail`; in a scenario's own file it would count as its failure."""

    def process_item(self, item, spider):
        """As every pipeline's."""
        if item.get("fail"):
            raise ValueError("on purpose")
        return item
