"""Forks children that ignore SIGTERM, one of them in a session of its own."""

import os
import signal
import time

from kit.deferreds import later
from kit.scenario import Scenario


class Breeds(Scenario):
    async def parse(self, response):
        for own_session in (False, True):
            if os.fork() == 0:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                if own_session:
                    os.setsid()
                time.sleep(600)
                os._exit(0)
        return self.arrived(await self.helper(later("value")))
