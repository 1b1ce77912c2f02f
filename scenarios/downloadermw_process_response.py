"""Await in `process_response` of a downloader middleware: the callback must get the response changed."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class Middleware:
    async def process_response(self, request, response, spider):
        value = await cell_of(request).helper(later("value"))
        return response.replace(body=value.encode())


class DownloadermwProcessResponse(Place):
    core = False
    custom_settings = {"DOWNLOADER_MIDDLEWARES": {"downloadermw_process_response.Middleware": 543}}

    def parse(self, response):
        cell_of(response).note(response.text)
