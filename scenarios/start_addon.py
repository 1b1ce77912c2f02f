"""Start a crawl with `CrawlerProcess`, reactor and loop set by an add-on."""

from kit.program import AwaitingSpider, Program, program
from scrapy.crawler import CrawlerProcess


class AddOn:
    def update_settings(self, settings):
        settings.update(program().settings, priority="addon")


class StartAddon(Program):
    core = False
    loop_matters = True
    scrapy = ">=2.10"
    lanes = ["default", "asyncio-default", "asyncio-uvloop"]

    def main(self):
        process = CrawlerProcess({"ADDONS": {AddOn: 0}})
        process.crawl(AwaitingSpider)
        process.start()
