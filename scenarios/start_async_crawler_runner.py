"""Start a crawl with `AsyncCrawlerRunner` in a reactor that was installed by hand."""

from kit.program import AwaitingSpider, Program
from scrapy.utils.defer import deferred_from_coro


class StartAsyncCrawlerRunner(Program):
    core = False
    loop_matters = True
    scrapy = ">=2.14"
    lanes = ["epoll", "asyncio-default", "asyncio-uvloop"]

    def main(self):
        self.install_reactor()
        self.run_reactor(deferred_from_coro(self.crawl()))

    async def crawl(self):
        from scrapy.crawler import AsyncCrawlerRunner

        await AsyncCrawlerRunner(self.settings).crawl(AwaitingSpider)
