"""A program whose settings name a plugin that does not import."""

from kit.program import Program, QuietSpider


class ProgramNamesPlugin(Program):
    expected = ["crawled"]

    def main(self):
        process = self.process(dict(self.settings, ITEM_PIPELINES={"plugin_that_fails.Pipeline": 100}))
        process.crawl(QuietSpider)
        process.start()
