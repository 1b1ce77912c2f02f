"""Return `ensureDeferred(coroutine)` from `process_item`: the coroutine awaits, the item must come out changed."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.item_value import ItemValue
from kit.place import Place
from twisted.internet.defer import ensureDeferred


class Pipeline:
    def process_item(self, item, spider):
        return ensureDeferred(self.completed(item))

    async def completed(self, item):
        item["value"] = await cell_of(item).helper(later("value"))
        return item


class ReverseEnsureDeferred(ItemValue, Place):
    core = False
    loop_matters = True
    custom_settings = {"ITEM_PIPELINES": {"reverse_ensure_deferred.Pipeline": 100}}
