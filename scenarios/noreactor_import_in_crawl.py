"""Import the reactor in a callback under `AsyncCrawlerProcess`, without a reactor: it must be refused."""

from kit.program import Program, QuietSpider, program


class ImportingSpider(QuietSpider):
    def parse(self, response):
        try:
            from twisted.internet import reactor  # noqa: F401
        except ImportError as error:
            program().ended(error)
        else:
            program().crawled()


class NoreactorImportInCrawl(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["none-default"]
    expected = ["refused"]
    refusals = ["reactor-import-forbidden"]

    def main(self):
        process = self.process(self.settings)
        process.crawl(ImportingSpider)
        process.start()
