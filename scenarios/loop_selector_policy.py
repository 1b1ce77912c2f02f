"""Set the selector policy by hand before the reactor is installed, on Windows, as the documentation advised."""

import asyncio
import sys

from kit.program import AwaitingSpider, Program
from scrapy.crawler import CrawlerProcess


class LoopSelectorPolicy(Program):
    core = False
    loop_matters = True
    helpers = ["copied_deferred_to_future"]
    lanes = ["asyncio-default"]

    def main(self):
        if sys.platform == "win32":
            asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
        process = CrawlerProcess(self.settings)
        process.crawl(AwaitingSpider)
        process.start()
