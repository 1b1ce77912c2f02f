"""The item that an async callback gave before it failed, after an await, comes out all the same."""

from kit.attribution import cell_of
from kit.cell import DeliberateError
from kit.deferreds import later
from kit.place import Place


class OutputBeforeError(Place):
    core = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.came_out = []

    async def parse(self, response):
        cell = cell_of(response)
        item = {"cell": cell}
        yield item
        item["value"] = await cell.helper(later("value"))
        raise DeliberateError("after the item and the await")

    def scraped(self, item):
        self.came_out.append(item)

    def closed(self, reason):
        for item in self.came_out:
            if "value" in item:
                cell_of(item).note(item["value"])
        for cell in self.cells:
            if cell.was_entered and not cell.notes:
                cell.fail("output-lost", "the item that came before the error was not processed")
