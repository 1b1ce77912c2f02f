"""Await in `media_downloaded` of a `MediaPipeline`: what it returns must be the result for the item."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place
from scrapy import Request
from scrapy.pipelines.media import MediaPipeline


class Pipeline(MediaPipeline):
    def get_media_requests(self, item, info):
        return [Request("data:," + item["cell"].helper_name, meta={"cell": item["cell"]})]

    def media_to_download(self, request, info, item=None):
        return None

    async def media_downloaded(self, response, request, info, item=None):
        return await cell_of(request).helper(later("value"))

    def media_failed(self, failure, request, info):
        return failure

    def file_path(self, request, response=None, info=None, item=None):
        return "unused"

    def item_completed(self, results, item, info):
        done, found = results[0]
        if done:
            item["found"] = found
        else:
            cell_of(item).failed_as(found)
        return item


class PipelineMediaDownloaded(Place):
    core = False
    custom_settings = {"ITEM_PIPELINES": {"pipeline_media_downloaded.Pipeline": 100}}

    def parse(self, response):
        yield {"cell": cell_of(response)}

    def scraped(self, item):
        cell_of(item).note(item["found"])
