"""Await in a handler of `feed_exporter_closed`: it must have ended before the engine stops."""

import os

from kit.deferreds import slowly
from kit.place import Place
from kit.signals import Listening


class SignalFeedExporterClosed(Listening, Place):
    core = False
    scrapy = ">=2.9"
    each = True
    expected = ["value", "engine stopped"]
    custom_settings = {"FEEDS": {os.devnull: {"format": "jsonlines"}}}

    def parse(self, response):
        yield {"name": "item"}

    async def on_feed_exporter_closed(self):
        self.cell.note(await self.cell.helper(slowly("value")))

    def on_engine_stopped(self):
        self.cell.note("engine stopped")
