"""Items that an async callback gives before an await are processed before the callback goes on."""

from kit.deferreds import call_later, later
from kit.place import Place, cell_of
from twisted.internet.defer import Deferred


def fire(deferred, value):
    if not deferred.called:
        deferred.callback(value)


class OutputStreamed(Place):
    core = False
    expected = ["first", "value"]

    async def parse(self, response):
        cell = cell_of(response)
        first_came_out = Deferred()
        call_later(0.5, fire, first_came_out, False)
        yield {"cell": cell, "name": "first", "came_out": first_came_out}
        value = await cell.helper(later("value"))
        if not await cell.helper(first_came_out):
            cell.fail("processed-at-the-end", "0.5 seconds after the callback gave its item it was not processed")
        yield {"cell": cell, "name": value, "came_out": Deferred()}

    def scraped(self, item):
        cell_of(item).note(item["name"])
        fire(item["came_out"], True)
