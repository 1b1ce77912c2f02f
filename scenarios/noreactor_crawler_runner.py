"""Start `CrawlerRunner` without a reactor: it must refuse."""

from kit.program import Program, QuietSpider
from scrapy.crawler import CrawlerRunner


class NoreactorCrawlerRunner(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["none-default"]
    expected = ["refused"]
    refusals = ["needs-a-reactor"]

    def main(self):
        CrawlerRunner(self.settings).crawl(QuietSpider)
