"""Ask for no reactor in a spider's `custom_settings`: it must be refused."""

from kit.program import Program, QuietSpider


class NoreactorCustomSettings(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["none-default"]
    expected = ["refused"]
    refusals = ["reactor-is-installed"]

    def main(self):
        from scrapy.crawler import AsyncCrawlerProcess

        class MySpider(QuietSpider):
            custom_settings = self.settings

        process = AsyncCrawlerProcess()
        process.crawl(MySpider)
        process.start()
