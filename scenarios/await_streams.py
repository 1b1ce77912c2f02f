"""Await an HTTP answer read through `asyncio.open_connection`."""

import asyncio
from urllib.parse import urlsplit

from kit.scenario import Scenario


class AwaitStreams(Scenario):
    core = False
    loop_matters = True
    helpers = ()

    async def parse(self, response):
        self.cell.entered()
        address = urlsplit(self.server)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(b"GET /echo/value HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await writer.drain()
        answer = await reader.read()
        writer.close()
        return self.arrived(answer.decode().rpartition("\r\n")[2])
