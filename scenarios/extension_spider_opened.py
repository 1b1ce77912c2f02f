"""Await in an extension's handler of `spider_opened`: it must have ended before the first request is sent."""

from kit.attribution import cell_of
from kit.deferreds import slowly
from kit.place import Place
from scrapy import signals


class Extension:
    @classmethod
    def from_crawler(cls, crawler):
        extension = cls()
        crawler.signals.connect(extension.spider_opened, signals.spider_opened)
        return extension

    async def spider_opened(self, spider):
        cell = cell_of(spider)
        # Longer than what follows takes where it does not wait: up to 2.17 that is a tenth of a second.
        cell.note(await cell.helper(slowly("value", turns=75)))


class ExtensionSpiderOpened(Place):
    core = False
    each = True
    expected = ["value", "callback"]
    custom_settings = {"EXTENSIONS": {"extension_spider_opened.Extension": 100}}

    def parse(self, response):
        cell_of(response).note("callback")
