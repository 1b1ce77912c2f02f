"""Await in a handler of `item_dropped`: it must have ended before the next item where one is handled at a time."""

from kit.attribution import cell_of
from kit.deferreds import slowly
from kit.place import Place
from kit.signals import Listening


class SignalItemDropped(Listening, Place):
    core = False
    expected = ["value", "second item"]
    custom_settings = {"CONCURRENT_ITEMS": 1, "ITEM_PIPELINES": {"kit.signals.DroppingPipeline": 300}}

    def parse(self, response):
        yield {"cell": cell_of(response), "drop": True}
        yield {"cell": cell_of(response)}

    async def on_item_dropped(self, item, exception):
        cell = cell_of(item)
        cell.note(await cell.helper(slowly("value")))

    def on_item_scraped(self, item):
        cell_of(item).note("second item")
