"""Run `scrapy version`, `scrapy list` and `scrapy crawl` in a project: each must do what it is for."""

import contextlib
import io

import scrapy
from kit.program import Program

SPIDER = """
from kit.program import QuietSpider

class MySpider(QuietSpider):
    name = "my"
"""


class StartListCommand(Program):
    core = False
    helpers = ()
    lanes = ["default", "asyncio-default", "none-default"]
    expected = ["version", "listed", "crawled"]

    def main(self):
        self.write_project(SPIDER, self.settings)
        if self.printed("version").strip() == "Scrapy " + scrapy.__version__:
            self.note("version")
        if self.printed("list").split() == ["my"]:
            self.note("listed")
        self.run_scrapy("crawl", "my")

    def printed(self, *arguments):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            self.run_scrapy(*arguments)
        return output.getvalue()
