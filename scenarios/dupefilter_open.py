"""Await in `open` of one's own dupefilter: it must have ended before the first request is sent."""

from kit.attribution import cell_of
from kit.deferreds import slowly
from kit.place import Place
from scrapy.dupefilters import BaseDupeFilter


class DupeFilter(BaseDupeFilter):
    def __init__(self, cell):
        self.cell = cell

    @classmethod
    def from_crawler(cls, crawler):
        return cls(cell_of(crawler))

    async def open(self):
        # Longer than what follows takes where it does not wait: up to 2.17 that is a tenth of a second.
        self.cell.note(await self.cell.helper(slowly("value", turns=75)))


class DupefilterOpen(Place):
    core = False
    each = True
    expected = ["value", "callback"]
    custom_settings = {"DUPEFILTER_CLASS": "dupefilter_open.DupeFilter"}

    def parse(self, response):
        cell_of(response).note("callback")
