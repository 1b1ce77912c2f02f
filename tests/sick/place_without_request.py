"""A place whose request cannot be made for one helper, and can for the others."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class PlaceWithoutRequest(Place):
    def request_for(self, cell):
        if cell.helper_name == "maybe_deferred_to_future":
            raise LookupError("no request on purpose")
        return super().request_for(cell)

    async def parse(self, response):
        cell = cell_of(response)
        cell.note(await cell.helper(later("value")))
