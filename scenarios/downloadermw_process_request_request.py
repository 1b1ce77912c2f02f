"""Await in `process_request` of a downloader middleware that returns a Request: that one must be sent instead."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class Middleware:
    async def process_request(self, request, spider):
        if request.url == "data:,":
            value = await cell_of(request).helper(later("value"))
            return request.replace(url="data:," + value)


class DownloadermwProcessRequestRequest(Place):
    core = False
    custom_settings = {"DOWNLOADER_MIDDLEWARES": {"downloadermw_process_request_request.Middleware": 543}}

    def parse(self, response):
        cell_of(response).note(response.text)
