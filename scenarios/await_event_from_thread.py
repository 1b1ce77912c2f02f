"""Await an `asyncio.Event` that a thread sets through `loop.call_soon_threadsafe`."""

import asyncio
import threading

from kit.deferreds import DELAY
from kit.scenario import Scenario


class AwaitEventFromThread(Scenario):
    core = False
    loop_matters = True
    helpers = ()

    async def parse(self, response):
        self.cell.entered()
        event = asyncio.Event()
        loop = asyncio.get_event_loop()
        threading.Timer(DELAY, loop.call_soon_threadsafe, [event.set]).start()
        await event.wait()
        return self.arrived("value" if event.is_set() else "not set")
