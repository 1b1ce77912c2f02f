"""On Windows: set the selector policy by hand in `settings.py` of a project; then start a subprocess."""

from kit.program import Program

SPIDER = """
from kit.subprocesses import StartingSpider

class MySpider(StartingSpider):
    name = "my"
"""

POLICY = """
import asyncio

asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
"""


class WindowsPolicyInSettings(Program):
    core = False
    platforms = ["windows"]
    helpers = ["copied_deferred_to_future"]
    lanes = ["asyncio-default"]

    def main(self):
        self.write_project(SPIDER, self.settings)
        with open("project/settings.py", "a") as file:
            file.write(POLICY)
        self.run_scrapy("crawl", "my")
