"""Await in `start()` before the first request: the request that it then makes must be sent."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class SpiderStart(Place):
    core = False
    each = True
    scrapy = ">=2.13"

    async def start(self):
        value = await self.cell.helper(later("value"))
        yield self.request(self.cell, "data:," + value)

    def parse(self, response):
        cell_of(response).note(response.text)
