"""Run `scrapy crawl` in a project whose settings module sets reactor and loop."""

from kit.program import Program

SPIDER = """
from kit.program import AwaitingSpider

class MySpider(AwaitingSpider):
    name = "my"
"""


class StartSettingsModule(Program):
    core = False
    loop_matters = True
    lanes = ["default", "asyncio-default", "asyncio-uvloop", "none-default"]

    def main(self):
        self.write_project(SPIDER, self.settings)
        self.run_scrapy("crawl", "my")
