"""Ask by `ASYNCIO_EVENT_LOOP` for another loop than that of the reactor installed by hand: it must be refused."""

from kit.program import REACTORS, Program, QuietSpider
from scrapy.crawler import CrawlerRunner
from scrapy.utils.reactor import install_reactor


class LoopInstalledIsAnother(Program):
    core = False
    loop_matters = True
    helpers = ()
    scrapy = ">=2.4"
    lanes = ["asyncio-uvloop"]
    expected = ["refused"]
    refusals = ["installed-is-not-requested"]

    def main(self):
        install_reactor(REACTORS["asyncio"])
        runner = CrawlerRunner(self.settings)
        self.run_reactor(runner.crawl(QuietSpider))
