"""A pipeline that ends with SystemExit."""

from kit.attribution import cell_of
from kit.place import Place


class Pipeline:
    async def process_item(self, item, spider):
        raise SystemExit(3)


class PlaceRaisesExit(Place):
    custom_settings = {"ITEM_PIPELINES": {"place_raises_exit.Pipeline": 100}}

    def parse(self, response):
        yield {"cell": cell_of(response)}
