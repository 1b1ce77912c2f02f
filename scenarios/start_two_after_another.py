"""Crawl twice, one after the other in one reactor, with `CrawlerRunner`."""

from kit.program import AwaitingSpider, Program
from scrapy.crawler import CrawlerRunner
from twisted.internet.defer import inlineCallbacks


class StartTwoAfterAnother(Program):
    core = False
    loop_matters = True
    lanes = ["default", "asyncio-default", "asyncio-uvloop"]
    expected = ["value", "value"]

    def main(self):
        self.install_reactor()
        from twisted.internet import reactor  # noqa: F401  (the default one, where no other was installed)

        self.run_reactor(self.crawl())

    @inlineCallbacks
    def crawl(self):
        runner = CrawlerRunner(self.settings)
        yield runner.crawl(AwaitingSpider)
        yield runner.crawl(AwaitingSpider)
