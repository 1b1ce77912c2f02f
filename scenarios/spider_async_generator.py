"""Await in a callback that is an async generator: item, await, item, request whose callback gives an item."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class SpiderAsyncGenerator(Place):
    core = False
    expected = ["before", "value", "of the request"]

    async def parse(self, response):
        cell = cell_of(response)
        yield {"cell": cell, "name": "before"}
        value = await cell.helper(later("value"))
        yield {"cell": cell, "name": value}
        yield self.request(cell, "data:,", callback=self.parse_second)

    def parse_second(self, response):
        yield {"cell": cell_of(response), "name": "of the request"}

    def scraped(self, item):
        cell_of(item).note(item["name"])
