"""Start `CrawlerProcess` without a reactor: it must refuse."""

from kit.program import Program, QuietSpider
from scrapy.crawler import CrawlerProcess


class NoreactorCrawlerProcess(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["none-default"]
    expected = ["refused"]
    refusals = ["needs-a-reactor"]

    def main(self):
        process = CrawlerProcess(self.settings)
        process.crawl(QuietSpider)
        process.start()
