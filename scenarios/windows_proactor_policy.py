"""On Windows: ask for the Proactor by the policy, before the asyncio reactor is installed; then start a subprocess."""

import asyncio

from kit.program import Program
from kit.subprocesses import StartingSpider
from scrapy.crawler import CrawlerProcess


class WindowsProactorPolicy(Program):
    core = False
    platforms = ["windows"]
    helpers = ["copied_deferred_to_future"]
    lanes = ["asyncio-default"]

    def main(self):
        asyncio.set_event_loop_policy(asyncio.WindowsProactorEventLoopPolicy())
        process = CrawlerProcess(self.settings)
        process.crawl(StartingSpider)
        process.start()
