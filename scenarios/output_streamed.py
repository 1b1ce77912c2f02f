"""Items that an async callback gives before an await are processed before the callback goes on."""

from kit.attribution import cell_of
from kit.deferreds import later, slowly
from kit.place import Place
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
        slowly(False, turns=125).addCallback(lambda late: fire(first_came_out, late))
        yield {"cell": cell, "name": "first", "came_out": first_came_out}
        value = await cell.helper(later("value"))
        if not await cell.helper(first_came_out):
            cell.fail(
                "processed-at-the-end", "its item was not processed 125 turns of the loop after the callback gave it"
            )
        yield {"cell": cell, "name": value, "came_out": Deferred()}

    def scraped(self, item):
        cell_of(item).note(item["name"])
        fire(item["came_out"], True)
