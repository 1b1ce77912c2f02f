"""Await two requests at once through `asyncio.gather` and `crawler.engine.download_async`."""

import asyncio

import scrapy
from kit.scenario import Scenario


class AwaitDownloadAsync(Scenario):
    core = False
    loop_matters = True
    helpers = ()
    scrapy = ">=2.14"
    expected = ["one", "two"]

    async def parse(self, response):
        self.cell.entered()
        engine = self.crawler.engine
        requests = [scrapy.Request(self.server + "/echo/" + text, dont_filter=True) for text in self.expected]
        answers = await asyncio.gather(*(engine.download_async(request) for request in requests))
        return self.arrived([answer.text for answer in answers])
