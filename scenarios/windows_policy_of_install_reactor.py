"""On Windows: call `install_reactor()` and leave the policy to it; then start a subprocess."""

from kit.program import Program
from kit.subprocesses import StartingSpider
from scrapy.crawler import CrawlerRunner


class WindowsPolicyOfInstallReactor(Program):
    core = False
    platforms = ["windows"]
    helpers = ["copied_deferred_to_future"]
    lanes = ["asyncio-default"]

    def main(self):
        self.install_reactor()
        runner = CrawlerRunner(self.settings)
        self.run_reactor(runner.crawl(StartingSpider))
