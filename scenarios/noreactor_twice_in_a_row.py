"""Crawl twice, one `AsyncCrawlerProcess` after the other, without a reactor."""

from kit.program import AwaitingSpider, Program


class NoreactorTwiceInARow(Program):
    core = False
    loop_matters = True
    lanes = ["none-default", "none-uvloop"]
    expected = ["value", "value"]

    def main(self):
        from scrapy.crawler import AsyncCrawlerProcess

        for _ in range(2):
            process = AsyncCrawlerProcess(self.settings)
            process.crawl(AwaitingSpider)
            process.start()
