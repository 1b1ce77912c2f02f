"""Start a crawl with `AsyncCrawlerProcess`, reactor and loop from its settings."""

from kit.program import AwaitingSpider, Program


class StartAsyncCrawlerProcess(Program):
    core = False
    loop_matters = True
    scrapy = ">=2.14"
    lanes = ["default", "epoll", "asyncio-default", "asyncio-uvloop", "none-default"]

    def main(self):
        from scrapy.crawler import AsyncCrawlerProcess

        process = AsyncCrawlerProcess(self.settings)
        process.crawl(AwaitingSpider)
        process.start()
