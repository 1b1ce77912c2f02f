"""Makes a note too early, and the right one after it."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class PlaceNotesLate(Place):
    expected = ["value", "done"]

    async def parse(self, response):
        cell = cell_of(response)
        cell.note("done")
        cell.note(await cell.helper(later("value")))
