"""What scenarios share that ask whether a pipeline completes an item in time."""

from scrapy import signals

from kit.attribution import cell_of


class ItemValue:
    """Beside `Place`: an item for each cell; the `value` that it has when it comes out is noted."""

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.on_item, signals.item_scraped)
        return spider

    def parse(self, response):
        """The callback."""
        yield {"cell": cell_of(response)}

    def on_item(self, item):
        """The handler of `item_scraped`."""
        cell_of(item).note(item["value"])
