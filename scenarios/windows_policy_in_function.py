"""On Windows: set the selector policy by hand in the function that installs the reactor; then start a subprocess."""

import asyncio

from kit.program import Program
from kit.subprocesses import StartingSpider
from scrapy.crawler import CrawlerRunner


class WindowsPolicyInFunction(Program):
    core = False
    platforms = ["windows"]
    helpers = ["copied_deferred_to_future"]
    lanes = ["asyncio-default"]

    def install_reactor(self):
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
        super().install_reactor()

    def main(self):
        self.install_reactor()
        runner = CrawlerRunner(self.settings)
        self.run_reactor(runner.crawl(StartingSpider))
