"""On Windows: crawl without a reactor, on the default loop or on one asked for; then start a subprocess."""

from kit.program import Program
from kit.subprocesses import StartingSpider


class WindowsProactorNoReactor(Program):
    core = False
    platforms = ["windows"]
    helpers = ["copied_deferred_to_future"]
    scrapy = ">=2.15"
    lanes = ["none-default", "none-selector", "none-proactor", "none-winloop"]

    def main(self):
        process = self.process(self.settings)
        process.crawl(StartingSpider)
        process.start()
