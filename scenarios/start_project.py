"""Run `scrapy crawl` in a new project of `scrapy startproject`: it must run on the asyncio reactor by itself."""

import os

from kit.program import Program

SPIDER = """
from kit.program import AwaitingSpider

class MySpider(AwaitingSpider):
    name = "my"
"""


class StartProject(Program):
    core = False
    loop_matters = True
    lanes = ["asyncio-default"]

    def main(self):
        self.run_scrapy("startproject", "project")
        os.chdir("project")
        self.write("project/spiders/my_spider.py", SPIDER)
        # New templates wait a second between requests.
        self.run_scrapy("crawl", "my", "-s", "DOWNLOAD_DELAY=0")
