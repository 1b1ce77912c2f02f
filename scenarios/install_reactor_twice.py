"""Call `install_reactor()` again, for another reactor or loop: it must change nothing."""

import asyncio

from kit.program import REACTORS, Program
from scrapy import version_info
from scrapy.utils.reactor import install_reactor


class InstallReactorTwice(Program):
    core = False
    loop_matters = True
    helpers = ()
    lanes = ["epoll", "asyncio-default", "asyncio-uvloop"]
    expected = ["unchanged"]

    def main(self):
        self.install_reactor()
        if "ASYNCIO_EVENT_LOOP" in self.settings and version_info >= (2, 4):
            install_reactor(REACTORS["asyncio"], "asyncio.SelectorEventLoop")
        elif self.settings["TWISTED_REACTOR"] == REACTORS["asyncio"]:
            install_reactor(REACTORS["select"])
        else:
            install_reactor(REACTORS["asyncio"])
        self.running()
        from twisted.internet import reactor

        loop = getattr(reactor, "_asyncioEventloop", None)
        if loop is not None and asyncio.get_event_loop() is not loop:
            self.fail("loop-replaced", "asyncio's current loop is no longer the one that the reactor runs on")
        else:
            self.note("unchanged")
