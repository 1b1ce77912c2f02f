"""Start a crawl with `CrawlerProcess`, reactor and loop from its settings."""

from kit.program import AwaitingSpider, Program
from scrapy.crawler import CrawlerProcess


class StartCrawlerProcess(Program):
    core = False
    loop_matters = True
    lanes = ["default", "epoll", "asyncio-default", "asyncio-uvloop"]

    def main(self):
        process = CrawlerProcess(self.settings)
        process.crawl(AwaitingSpider)
        process.start()
