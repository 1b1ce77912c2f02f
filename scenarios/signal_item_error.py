"""Await in a handler of `item_error`: it must have ended before the next item where one is handled at a time."""

from kit.attribution import cell_of
from kit.deferreds import slowly
from kit.place import Place
from kit.signals import Listening


class SignalItemError(Listening, Place):
    core = False
    expected = ["value", "second item"]
    custom_settings = {"CONCURRENT_ITEMS": 1, "ITEM_PIPELINES": {"kit.signals.FailingPipeline": 300}}

    def parse(self, response):
        yield {"cell": cell_of(response), "fail": True}
        yield {"cell": cell_of(response)}

    async def on_item_error(self, item, failure):
        cell = cell_of(item)
        cell.note(await cell.helper(slowly("value")))

    def on_item_scraped(self, item):
        cell_of(item).note("second item")

    def failed_with_item(self, item, failure):
        """The pipeline fails on purpose."""
