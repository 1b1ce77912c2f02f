"""Crawl twice, side by side in one process, with `CrawlerProcess`."""

from kit.program import AwaitingSpider, Program


class StartTwoSideBySide(Program):
    core = False
    loop_matters = True
    lanes = ["default", "asyncio-default", "asyncio-uvloop", "none-default"]
    expected = ["value", "value"]

    def main(self):
        process = self.process(self.settings)
        process.crawl(AwaitingSpider)
        process.crawl(AwaitingSpider)
        process.start()
