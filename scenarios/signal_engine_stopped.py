"""Await in a handler of `engine_stopped`: it must have ended before the crawl counts as over."""

from kit.deferreds import slowly
from kit.place import Place
from kit.signals import Listening


class SignalEngineStopped(Listening, Place):
    core = False
    each = True
    # What a cell has noted is judged when the Deferred or Task of its crawl fires: that must come later.
    expected = ["value"]

    async def on_engine_stopped(self):
        self.cell.note(await self.cell.helper(slowly("value")))
