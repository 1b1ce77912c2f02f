"""Run `scrapy runspider` with reactor and loop given by `-s` on the command line."""

from kit.program import Program

SPIDER = """
from kit.program import AwaitingSpider

class MySpider(AwaitingSpider):
    name = "my"
"""


class StartCommandLine(Program):
    core = False
    loop_matters = True
    lanes = ["default", "asyncio-default", "asyncio-uvloop", "none-default"]

    def main(self):
        self.write("my_spider.py", SPIDER)
        self.run_scrapy("runspider", "my_spider.py", *self.options())
