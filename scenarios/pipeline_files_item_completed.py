"""Await in `item_completed` of a `FilesPipeline`: the item must come out changed, its file written."""

import os
import tempfile

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place
from scrapy.pipelines.files import FilesPipeline


class Pipeline(FilesPipeline):
    async def item_completed(self, results, item, info):
        item["value"] = await cell_of(item).helper(later("value"))
        return super().item_completed(results, item, info)


class PipelineFilesItemCompleted(Place):
    core = False
    expected = ["value", "file"]
    custom_settings = {"ITEM_PIPELINES": {"pipeline_files_item_completed.Pipeline": 100}}

    @classmethod
    def update_settings(cls, settings):
        super().update_settings(settings)
        cls.folder = tempfile.TemporaryDirectory()
        settings.set("FILES_STORE", cls.folder.name, "spider")

    def parse(self, response):
        cell = cell_of(response)
        yield {"cell": cell, "file_urls": ["%s/echo/file?%s" % (self.server, cell.helper_name)]}

    def scraped(self, item):
        cell = cell_of(item)
        cell.note(item["value"])
        with open(os.path.join(self.folder.name, item["files"][0]["path"])) as file:
            cell.note(file.read())

    def closed(self, reason):
        self.folder.cleanup()
