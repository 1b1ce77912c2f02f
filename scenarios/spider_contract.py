"""Await in a callback with contracts, as `scrapy check` runs them: its contract must see the item."""

import signal

import scrapy
from kit.deferreds import call_later, later
from kit.program import Program, program
from scrapy import signals
from scrapy.contracts import Contract


class Gives(Contract):
    name = "gives"

    def __init__(self, method, *args):
        super().__init__(method, *args)
        self.cell = method.__self__.cell

    def pre_process(self, response):
        # A fifth of a second of computing without a turn of the loop is no crawl any more.
        signal.signal(signal.SIGVTALRM, self.blocked)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.2)
        call_later(0, signal.setitimer, signal.ITIMER_VIRTUAL, 0)

    def blocked(self, number, frame):
        self.cell.fail("loop-blocked", "Scrapy goes on and on through what the callback returned, the loop stands")
        raise RuntimeError("the loop stands")

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
        settings = {"SPIDER_MODULES": [__name__], "SPIDER_CONTRACTS": {__name__ + ".Gives": 100}}
        settings.update(self.settings)
        self.write("project_settings.py", "".join("%s = %r\n" % pair for pair in settings.items()))
        self.write("scrapy.cfg", "[settings]\ndefault = project_settings\n")
        self.scrapy("check")
