"""Await an HTTP request made with Twisted's own `Agent`."""

from kit.scenario import Scenario
from twisted.web.client import Agent, readBody


class LibraryAgent(Scenario):
    core = False
    loop_matters = True
    expected = b"value"

    async def parse(self, response):
        from twisted.internet import reactor

        agent = Agent(reactor)
        url = self.server + "/echo/value"
        answer = await self.helper(agent.request(b"GET", url.encode()))
        body = await self.helper(readBody(answer))
        return self.arrived(body)
