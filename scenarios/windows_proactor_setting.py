"""On Windows: ask for the Proactor by `ASYNCIO_EVENT_LOOP`, on the asyncio reactor; then start a subprocess."""

from kit.program import Program
from kit.subprocesses import StartingSpider
from scrapy.crawler import CrawlerProcess


class WindowsProactorSetting(Program):
    core = False
    platforms = ["windows"]
    helpers = ["copied_deferred_to_future"]
    lanes = ["asyncio-proactor"]

    def main(self):
        process = CrawlerProcess(self.settings)
        process.crawl(StartingSpider)
        process.start()
