"""Import the reactor in a callback under `AsyncCrawlerRunner`, without a reactor: it must be refused."""

import asyncio

from kit.program import Program, QuietSpider, program


class ImportingSpider(QuietSpider):
    def parse(self, response):
        try:
            from twisted.internet import reactor  # noqa: F401
        except ImportError as error:
            program().ended(error)
        else:
            program().crawled()


class NoreactorImportInCrawlRunner(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["none-default"]
    expected = ["refused"]
    refusals = ["reactor-import-forbidden"]

    def main(self):
        asyncio.run(self.crawl())  # novermin  (these releases need Python 3.10)

    async def crawl(self):
        from scrapy.crawler import AsyncCrawlerRunner

        await AsyncCrawlerRunner(self.settings).crawl(ImportingSpider)
