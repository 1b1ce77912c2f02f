"""Run `scrapy parse` with a callback that awaits: the item must be printed."""

import contextlib
import io

import scrapy
from kit.computing_limit import lift_limit, limit_computing
from kit.deferreds import later
from kit.facts import current_loop
from kit.program import Program, program

SPIDER = """
from start_parse_command import AwaitingCallback

class MySpider(AwaitingCallback):
    name = "my"
"""


class AwaitingCallback(scrapy.Spider):
    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        crawler.signals.connect(limit, scrapy.signals.response_received)
        return super().from_crawler(crawler, *args, **kwargs)

    async def parse(self, response):
        program().running()
        loop = current_loop()
        value = await (later("value") if loop is None else later("value").asFuture(loop))
        lift_limit()
        program().note(value)
        return {"item": value}


def limit():
    # Old releases iterate over the callback's Deferred for ever.
    limit_computing(0.5, program(), "the command never comes back from the callback's Deferred")


class StartParseCommand(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["default", "asyncio-default", "none-default"]
    expected = ["value", "printed"]

    def main(self):
        self.write_project(SPIDER, self.settings)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.run_scrapy("parse", "--spider", "my", "--nocolour", self.server + "/echo/page")
        lift_limit()
        if "{'item': 'value'}" in printed.getvalue():
            self.note("printed")
