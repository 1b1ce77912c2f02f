"""Run `scrapy crawl` with a spider whose file imports the reactor at its top: the asyncio reactor must be refused."""

from kit.program import Program

SPIDER = """
from kit.program import QuietSpider
from twisted.internet import reactor

class MySpider(QuietSpider):
    name = "my"
"""


class StartReactorImportedEarly(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["asyncio-default"]
    expected = ["refused"]
    refusals = ["installed-is-not-requested"]

    def main(self):
        self.write_project(SPIDER, self.settings)
        self.run_scrapy("crawl", "my")
