"""Await in `process_request` of a downloader middleware that returns a Response: the callback must get that one."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place
from scrapy.http import TextResponse


class Middleware:
    async def process_request(self, request, spider):
        value = await cell_of(request).helper(later("value"))
        return TextResponse(request.url, body=value, encoding="utf-8")


class DownloadermwProcessRequestResponse(Place):
    core = False
    custom_settings = {"DOWNLOADER_MIDDLEWARES": {"downloadermw_process_request_response.Middleware": 543}}

    def parse(self, response):
        cell_of(response).note(response.text)
