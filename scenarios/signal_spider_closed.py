"""Await in a handler of `spider_closed`: it must have ended before the engine stops."""

from kit.deferreds import slowly
from kit.place import Place
from kit.signals import Listening


class SignalSpiderClosed(Listening, Place):
    core = False
    each = True
    expected = ["value", "engine stopped"]

    async def on_spider_closed(self, spider, reason):
        self.cell.note(await self.cell.helper(slowly("value")))

    def on_engine_stopped(self):
        self.cell.note("engine stopped")
