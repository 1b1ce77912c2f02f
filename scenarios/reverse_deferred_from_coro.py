"""Return `deferred_from_coro(coroutine)` from `process_item`: the coroutine awaits, the item must come out changed."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.item_value import ItemValue
from kit.place import Place
from scrapy.utils.defer import deferred_from_coro


class Pipeline:
    def process_item(self, item, spider):
        return deferred_from_coro(self.completed(item))

    async def completed(self, item):
        item["value"] = await cell_of(item).helper(later("value"))
        return item


class ReverseDeferredFromCoro(ItemValue, Place):
    core = False
    loop_matters = True
    custom_settings = {"ITEM_PIPELINES": {"reverse_deferred_from_coro.Pipeline": 100}}
