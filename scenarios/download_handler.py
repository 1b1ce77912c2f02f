"""Await in `download_request` of one's own download handler, a coroutine: its response must arrive."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place
from scrapy.http import TextResponse


class Handler:
    lazy = False

    # The spider is given up to Scrapy 2.13.
    async def download_request(self, request, spider=None):
        value = await cell_of(request).helper(later("value"))
        return TextResponse(request.url, body=value.encode())

    async def close(self):
        pass


class DownloadHandler(Place):
    core = False
    custom_settings = {"DOWNLOAD_HANDLERS": {"own": "download_handler.Handler"}}

    def request_for(self, cell):
        return self.request(cell, "own://" + cell.helper_name)

    def parse(self, response):
        cell_of(response).note(response.text)
