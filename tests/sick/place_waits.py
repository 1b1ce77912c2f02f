"""A pipeline that never ends with one helper, and works with the others."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place
from twisted.internet.defer import Deferred


class Pipeline:
    async def process_item(self, item, spider):
        cell = cell_of(item)
        deferred = Deferred() if cell.helper_name == "as_future" else later("value")
        cell.note(await cell.helper(deferred))
        return item


class PlaceWaits(Place):
    custom_settings = {"ITEM_PIPELINES": {"place_waits.Pipeline": 100}}

    def parse(self, response):
        return {"cell": cell_of(response)}
