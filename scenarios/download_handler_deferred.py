"""Await in one's own download handler that returns a Deferred, as handlers did before Scrapy 2.14."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place
from scrapy.http import TextResponse
from scrapy.utils.defer import deferred_from_coro


class Handler:
    lazy = False

    def download_request(self, request, spider):
        return deferred_from_coro(self.download(request))

    async def download(self, request):
        value = await cell_of(request).helper(later("value"))
        return TextResponse(request.url, body=value.encode())

    def close(self):
        pass


class DownloadHandlerDeferred(Place):
    core = False
    custom_settings = {"DOWNLOAD_HANDLERS": {"own": "download_handler_deferred.Handler"}}

    def request_for(self, cell):
        return self.request(cell, "own://" + cell.helper_name)

    def parse(self, response):
        cell_of(response).note(response.text)
