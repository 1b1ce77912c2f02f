"""Run `scrapy runspider` with nothing set: it must run on the reactor of the lane by itself."""

from kit.program import Program

SPIDER = """
from kit.program import AwaitingSpider

class MySpider(AwaitingSpider):
    name = "my"
"""


class StartRunspider(Program):
    core = False
    loop_matters = True
    lanes = ["default", "asyncio-default"]

    def main(self):
        self.write("my_spider.py", SPIDER)
        self.run_scrapy("runspider", "my_spider.py")
