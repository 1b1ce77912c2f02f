"""Await in a handler of `engine_started`: it must have ended before the first request is scheduled."""

from kit.deferreds import DELAY, call_later, slowly
from kit.place import Place
from kit.signals import Listening


class SignalEngineStarted(Listening, Place):
    core = False
    each = True
    expected = ["value", "scheduled"]

    async def on_engine_started(self):
        try:
            self.cell.note(await self.cell.helper(slowly("value")))
        finally:
            call_later(DELAY, self.wake_engine)

    def wake_engine(self):
        # After such a handler Scrapy up to 2.12 looks for requests only when five seconds have passed: right in the
        # end, and much time for a cell.
        slot = getattr(self.crawler.engine, "slot", None)
        if slot is not None:
            slot.nextcall.schedule()

    def on_request_scheduled(self, request):
        self.cell.note("scheduled")
