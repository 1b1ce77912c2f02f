"""Decorate `process_item` with `deferred_f_from_coro_f`: it awaits, the item must come out changed."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.item_value import ItemValue
from kit.place import Place
from scrapy.utils.defer import deferred_f_from_coro_f


class Pipeline:
    @deferred_f_from_coro_f
    async def process_item(self, item, spider):
        item["value"] = await cell_of(item).helper(later("value"))
        return item


class ReverseDeferredFFromCoroF(ItemValue, Place):
    core = False
    loop_matters = True
    custom_settings = {"ITEM_PIPELINES": {"reverse_deferred_f_from_coro_f.Pipeline": 100}}
