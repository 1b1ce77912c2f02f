"""Await an inline request through `crawler.engine.download`, with the signature of each release."""

import scrapy
from kit.scenario import Scenario
from scrapy import version_info


class CallbackInlineRequest(Scenario):
    async def parse(self, response):
        request = scrapy.Request(self.server + "/echo/value", dont_filter=True)
        engine = self.crawler.engine
        if version_info < (2, 6):
            deferred = engine.download(request, self.crawler.spider)
        else:
            deferred = engine.download(request)
        answer = await self.helper(deferred)
        return self.arrived(answer.text)
