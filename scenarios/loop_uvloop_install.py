"""Choose uvloop by `uvloop.install()`, called before the reactor is installed."""

from kit.program import Program, QuietSpider


class LoopUvloopInstall(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["asyncio-uvloop", "none-uvloop"]
    expected = ["crawled"]

    def main(self):
        import uvloop

        uvloop.install()
        self.settings.pop("ASYNCIO_EVENT_LOOP")
        process = self.process(self.settings)
        process.crawl(QuietSpider)
        process.start()
