"""Start a crawl with `CrawlerRunner` without installing the asyncio reactor before: it has to refuse."""

from kit.program import Program, QuietSpider
from scrapy.crawler import CrawlerRunner


class StartCrawlerRunnerNotInstalled(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["asyncio-default"]
    expected = ["refused"]
    refusals = ["installed-is-not-requested", "no-reactor-installed"]

    def main(self):
        runner = CrawlerRunner(self.settings)
        self.run_reactor(runner.crawl(QuietSpider))
