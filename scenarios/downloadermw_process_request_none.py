"""Await in `process_request` of a downloader middleware that returns None: the request must go on, changed."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place


class Middleware:
    async def process_request(self, request, spider):
        request.meta["value"] = await cell_of(request).helper(later("value"))


class DownloadermwProcessRequestNone(Place):
    core = False
    custom_settings = {"DOWNLOADER_MIDDLEWARES": {"downloadermw_process_request_none.Middleware": 543}}

    def parse(self, response):
        cell_of(response).note(response.meta.get("value"))
