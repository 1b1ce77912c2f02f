"""Choose the event loop by `asyncio.set_event_loop`, called before the reactor is installed."""

import asyncio

from kit.program import Program, QuietSpider


class LoopSetBefore(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["asyncio-uvloop", "none-uvloop"]
    expected = ["crawled"]

    def main(self):
        import uvloop

        asyncio.set_event_loop(uvloop.Loop())
        self.settings.pop("ASYNCIO_EVENT_LOOP")
        process = self.process(self.settings)
        process.crawl(QuietSpider)
        process.start()
