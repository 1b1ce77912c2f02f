"""Makes a coroutine that nobody awaits, and goes on as if it had been."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class PlaceForgetsToAwait(Place):
    expected = ["value", "done"]

    async def wait(self, cell):
        cell.note(await cell.helper(later("value")))

    def parse(self, response):
        cell = cell_of(response)
        self.coroutine = self.wait(cell)
        cell.note("done")
