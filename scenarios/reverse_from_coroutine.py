"""Return `Deferred.fromCoroutine(coroutine)` from `process_item`: it awaits, the item must come out changed."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.item_value import ItemValue
from kit.place import Place
from twisted.internet.defer import Deferred


class Pipeline:
    def process_item(self, item, spider):
        return Deferred.fromCoroutine(self.completed(item))

    async def completed(self, item):
        item["value"] = await cell_of(item).helper(later("value"))
        return item


class ReverseFromCoroutine(ItemValue, Place):
    core = False
    loop_matters = True
    custom_settings = {"ITEM_PIPELINES": {"reverse_from_coroutine.Pipeline": 100}}
