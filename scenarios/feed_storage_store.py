"""Await in `store` of one's own feed storage: it must have ended before the engine counts as stopped."""

import io

import scrapy
from kit.attribution import cell_of
from kit.deferreds import slowly
from kit.place import Place
from scrapy import signals

if scrapy.version_info < (2, 1):
    FEED = {"FEED_URI": "kept://feed", "FEED_FORMAT": "jsonlines"}
else:
    FEED = {"FEEDS": {"kept://feed": {"format": "jsonlines"}}}


class Storage:
    def __init__(self, uri, feed_options=None):
        self.cell = None

    def open(self, spider):
        self.cell = cell_of(spider)
        return io.BytesIO()

    async def store(self, file):
        self.cell.note(await self.cell.helper(slowly("value")))
        self.cell.note(file.getvalue())


class FeedStorageStore(Place):
    core = False
    each = True
    expected = ["value", b'{"number": 1}\n', "stopped"]
    custom_settings = dict(FEED, FEED_STORAGES={"kept": "feed_storage_store.Storage"})

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.stopped, signals.engine_stopped)
        return spider

    def parse(self, response):
        yield {"number": 1}

    def stopped(self):
        self.cell.note("stopped")
