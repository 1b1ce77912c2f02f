"""Await in a handler of `item_scraped`: it must have ended before the next item where one is handled at a time."""

from kit.attribution import cell_of
from kit.deferreds import slowly
from kit.place import Place
from kit.signals import Listening


class SignalItemScraped(Listening, Place):
    core = False
    expected = ["value", "second item"]
    custom_settings = {"CONCURRENT_ITEMS": 1}

    def parse(self, response):
        yield {"cell": cell_of(response), "number": 1}
        yield {"cell": cell_of(response), "number": 2}

    async def on_item_scraped(self, item):
        cell = cell_of(item)
        if item["number"] == 1:
            cell.note(await cell.helper(slowly("value")))
        else:
            cell.note("second item")
