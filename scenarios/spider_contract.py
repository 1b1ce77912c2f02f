"""Await in a callback with contracts, as `scrapy check` runs them: its contract must see the item."""

import scrapy
from kit.computing_limit import limit_this_turn
from kit.deferreds import later
from kit.program import Program, program
from scrapy import signals
from scrapy.contracts import Contract


class Gives(Contract):
    name = "gives"

    def __init__(self, method, *args):
        super().__init__(method, *args)
        self.cell = method.__self__.cell

    def pre_process(self, response):
        limit_this_turn(0.2, self.cell, "Scrapy goes on and on through what the callback returned, the loop stands")

    def post_process(self, output):
        for item in output:
            self.cell.note(item["value"])


class CheckedSpider(scrapy.Spider):
    """What the project's spiders inherit from, one for each cell."""

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(program().running, signals.spider_opened)
        return spider

    async def parse(self, response):
        """Gives what it awaits.

        @url data:,
        @gives value
        """
        try:
            return [{"value": await self.cell.helper(later("value", delay=0))}]
        except Exception as error:
            self.cell.failed(error)
            raise


class SpiderContract(Program):
    core = False
    lanes = ["default", "asyncio-default", "none-default"]

    def main(self):
        for cell in self.cells:
            name = "awaits_" + cell.helper_name
            globals()[name] = type(name, (CheckedSpider,), {"name": name, "cell": cell})
        contracts = {__name__ + ".Gives": 100}
        self.write_settings(dict(self.settings, SPIDER_MODULES=[__name__], SPIDER_CONTRACTS=contracts))
        self.run_scrapy("check")
