"""Give `ASYNCIO_EVENT_LOOP` a class that does not inherit from `asyncio.AbstractEventLoop`: it must be refused."""

import asyncio

from kit.program import Program, QuietSpider


class Loop:
    """Does all that a loop does, by asking one."""

    def __init__(self):
        self._loop = asyncio.SelectorEventLoop()

    def __getattr__(self, name):
        return getattr(self._loop, name)


class LoopClassNotInheriting(Program):
    core = False
    loop_matters = True
    helpers = ()
    scrapy = ">=2.4"
    lanes = ["asyncio-default", "none-default"]
    expected = ["refused"]
    refusals = ["raised-assertion-error", "raised-type-error"]

    def main(self):
        process = self.process(dict(self.settings, ASYNCIO_EVENT_LOOP="loop_class_not_inheriting.Loop"))
        process.crawl(QuietSpider)
        process.start()
