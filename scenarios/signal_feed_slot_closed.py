"""Await in a handler of `feed_slot_closed`: it must have ended before the feed exporter is closed."""

import os

from kit.deferreds import slowly
from kit.place import Place
from kit.signals import Listening


class SignalFeedSlotClosed(Listening, Place):
    core = False
    scrapy = ">=2.9"
    each = True
    expected = ["value", "exporter closed"]
    custom_settings = {"FEEDS": {os.devnull: {"format": "jsonlines"}}}

    def parse(self, response):
        yield {"name": "item"}

    async def on_feed_slot_closed(self, slot):
        self.cell.note(await self.cell.helper(slowly("value")))

    def on_feed_exporter_closed(self):
        self.cell.note("exporter closed")
