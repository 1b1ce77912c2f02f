"""Ask for no reactor in a program that has imported one before: it must be refused."""

from kit.program import Program, QuietSpider


class NoreactorReactorImported(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["none-default"]
    expected = ["refused"]
    refusals = ["reactor-is-installed"]

    def main(self):
        from scrapy.crawler import AsyncCrawlerProcess
        from twisted.internet import reactor  # noqa: F401

        process = AsyncCrawlerProcess(self.settings)
        process.crawl(QuietSpider)
        process.start()
