"""Await in a handler of `spider_opened`: it must have ended before the first request is scheduled."""

from kit.deferreds import slowly
from kit.place import Place
from kit.signals import Listening


class SignalSpiderOpened(Listening, Place):
    core = False
    each = True
    expected = ["value", "scheduled"]

    async def on_spider_opened(self, spider):
        self.cell.note(await self.cell.helper(slowly("value")))

    def on_request_scheduled(self, request):
        self.cell.note("scheduled")
