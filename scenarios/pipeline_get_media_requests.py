"""Await in `get_media_requests` of a `FilesPipeline`: the file of the request that it returns must be in the item."""

import tempfile

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place
from scrapy import Request
from scrapy.pipelines.files import FilesPipeline


class Pipeline(FilesPipeline):
    async def get_media_requests(self, item, info):
        value = await cell_of(item).helper(later("value"))
        return [Request(item["server"] + "/echo/" + value)]


class PipelineGetMediaRequests(Place):
    core = False
    custom_settings = {"ITEM_PIPELINES": {"pipeline_get_media_requests.Pipeline": 100}}

    @classmethod
    def update_settings(cls, settings):
        super().update_settings(settings)
        cls.folder = tempfile.TemporaryDirectory()
        settings.set("FILES_STORE", cls.folder.name, "spider")

    def parse(self, response):
        yield {"cell": cell_of(response), "server": self.server}

    def scraped(self, item):
        for file in item["files"]:
            cell_of(item).note(file["url"].rpartition("/")[2])

    def closed(self, reason):
        self.folder.cleanup()
