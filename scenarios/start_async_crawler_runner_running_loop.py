"""Start a crawl with `AsyncCrawlerRunner` inside `asyncio.run`, with an asyncio reactor installed there."""

import asyncio

from kit.program import AwaitingSpider, Program


class StartAsyncCrawlerRunnerRunningLoop(Program):
    core = False
    loop_matters = True
    scrapy = ">=2.14"
    lanes = ["asyncio-default"]

    def main(self):
        asyncio.run(self.crawl())  # novermin  (these releases need Python 3.10)

    async def crawl(self):
        from scrapy.crawler import AsyncCrawlerRunner

        self.install_reactor()
        await AsyncCrawlerRunner(self.settings).crawl(AwaitingSpider)
