"""Await in a handler of `spider_idle`, which is not said to be waited for: it must end before the spider closes."""

from kit.deferreds import slowly
from kit.place import Place
from kit.signals import Listening


class SignalSpiderIdle(Listening, Place):
    core = False
    each = True
    expected = ["value", "spider closed"]

    async def on_spider_idle(self, spider):
        self.cell.note(await self.cell.helper(slowly("value")))

    def on_spider_closed(self, spider, reason):
        self.cell.note("spider closed")
