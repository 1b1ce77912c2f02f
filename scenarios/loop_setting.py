"""Choose the event loop by `ASYNCIO_EVENT_LOOP`."""

from kit.program import Program, QuietSpider


class LoopSetting(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["asyncio-selector", "asyncio-uvloop", "none-uvloop"]
    expected = ["crawled"]

    def main(self):
        process = self.process(self.settings)
        process.crawl(QuietSpider)
        process.start()
