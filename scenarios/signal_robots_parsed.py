"""Await in a handler of `robots_parsed`: it must have ended before the request that obeys is sent."""

from kit.deferreds import slowly
from kit.place import Place
from kit.signals import Listening


class SignalRobotsParsed(Listening, Place):
    core = False
    scrapy = ">=2.18"
    each = True
    expected = ["value", "sent"]
    custom_settings = {"ROBOTSTXT_OBEY": True}

    def request_for(self, cell):
        return self.request(cell, self.server + "/echo/page")

    async def on_robots_parsed(self, robotparser, request):
        self.cell.note(await self.cell.helper(slowly("value")))

    def on_request_reached_downloader(self, request):
        if request.callback == self.parse:
            self.cell.note("sent")
