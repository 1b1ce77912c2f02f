"""Await in `process_exception` of a downloader middleware: the callback must get the Response that it returns."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place
from scrapy.http import TextResponse


class Middleware:
    async def process_exception(self, request, exception, spider):
        value = await cell_of(request).helper(later("value"))
        return TextResponse(request.url, body=value, encoding="utf-8")


class DownloadermwProcessException(Place):
    core = False
    custom_settings = {"DOWNLOADER_MIDDLEWARES": {"downloadermw_process_exception.Middleware": 543}}

    def request_for(self, cell):
        # Nothing downloads such a URL.
        return self.request(cell, "unknown://nowhere")

    def parse(self, response):
        cell_of(response).note(response.text)
