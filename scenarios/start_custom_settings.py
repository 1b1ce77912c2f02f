"""Start a crawl with `CrawlerProcess`, reactor and loop from the spider's `custom_settings`."""

from kit.program import AwaitingSpider, Program
from scrapy.crawler import CrawlerProcess


class StartCustomSettings(Program):
    core = False
    loop_matters = True
    lanes = ["default", "asyncio-default", "asyncio-uvloop"]

    def main(self):
        class MySpider(AwaitingSpider):
            custom_settings = self.settings

        process = CrawlerProcess()
        process.crawl(MySpider)
        process.start()
