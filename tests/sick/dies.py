"""Is killed by a signal in the middle."""

import os
import signal

from kit.scenario import Scenario


class Dies(Scenario):
    async def parse(self, response):
        os.kill(os.getpid(), signal.SIGSEGV)
