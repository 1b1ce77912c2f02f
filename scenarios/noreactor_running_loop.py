"""Start a crawl with `AsyncCrawlerRunner` inside `asyncio.run`, without a reactor."""

import asyncio

from kit.program import AwaitingSpider, Program


class NoreactorRunningLoop(Program):
    core = False
    loop_matters = True
    lanes = ["none-default", "none-uvloop"]

    def main(self):
        asyncio.run(self.crawl())  # novermin  (these releases need Python 3.10)

    async def crawl(self):
        from scrapy.crawler import AsyncCrawlerRunner

        await AsyncCrawlerRunner(self.settings).crawl(AwaitingSpider)
