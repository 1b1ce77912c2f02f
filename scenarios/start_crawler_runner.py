"""Start a crawl with `CrawlerRunner`, its reactor and loop installed by hand with `install_reactor()`."""

from kit.program import AwaitingSpider, Program
from scrapy.crawler import CrawlerRunner


class StartCrawlerRunner(Program):
    core = False
    loop_matters = True
    lanes = ["default", "asyncio-default", "asyncio-uvloop"]

    def main(self):
        self.install_reactor()
        from twisted.internet import reactor  # noqa: F401  (the default one, where no other was installed)

        runner = CrawlerRunner(self.settings)
        self.run_reactor(runner.crawl(AwaitingSpider))
