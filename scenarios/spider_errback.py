"""Await in the errback of a request that fails: the item that it returns must come out."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class SpiderErrback(Place):
    core = False

    def request_for(self, cell):
        return self.request(cell, "nowhere://" + cell.helper_name, errback=self.on_error)

    async def on_error(self, failure):
        cell = cell_of(failure)
        value = await cell.helper(later("value"))
        return [{"cell": cell, "value": value}]

    def scraped(self, item):
        cell_of(item).note(item["value"])
