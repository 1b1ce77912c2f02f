"""Awaits in a handler of `spider_opened` that has returned already: Scrapy does not wait for it."""

from kit.deferreds import slowly
from kit.place import Place
from kit.signals import Listening
from scrapy.utils.defer import deferred_from_coro


class WaitsForNobody(Listening, Place):
    each = True
    expected = ("value", "scheduled")

    def on_spider_opened(self, spider):
        deferred_from_coro(self.opened())

    async def opened(self):
        self.cell.note(await self.cell.helper(slowly("value")))

    def on_request_scheduled(self, request):
        self.cell.note("scheduled")
