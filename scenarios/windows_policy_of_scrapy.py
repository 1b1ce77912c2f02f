"""On Windows: set the reactor and leave the policy to Scrapy; then start a subprocess."""

from kit.program import Program
from kit.subprocesses import StartingSpider
from scrapy.crawler import CrawlerProcess


class WindowsPolicyOfScrapy(Program):
    core = False
    platforms = ["windows"]
    helpers = ["copied_deferred_to_future"]
    lanes = ["asyncio-default", "asyncio-selector", "asyncio-winloop"]

    def main(self):
        process = CrawlerProcess(self.settings)
        process.crawl(StartingSpider)
        process.start()
