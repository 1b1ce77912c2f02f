"""Start a crawl with `CrawlerRunner` in an asyncio reactor that was made by hand, on a loop of one's own."""

import asyncio

from kit.program import AwaitingSpider, Program
from scrapy.crawler import CrawlerRunner
from scrapy.utils.misc import load_object


class StartCrawlerRunnerOwnReactor(Program):
    core = False
    loop_matters = True
    lanes = ["asyncio-default", "asyncio-uvloop"]

    def main(self):
        from twisted.internet import asyncioreactor

        make_loop = load_object(self.settings.get("ASYNCIO_EVENT_LOOP", "asyncio.SelectorEventLoop"))
        loop = make_loop()
        asyncio.set_event_loop(loop)
        asyncioreactor.install(loop)
        runner = CrawlerRunner(self.settings)
        self.run_reactor(runner.crawl(AwaitingSpider))
