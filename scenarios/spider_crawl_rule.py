"""Await in the callback of a `CrawlSpider` rule: the item that it returns must come out."""

from kit.attribution import cell_of
from kit.deferreds import later
from kit.place import Place
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule


class SpiderCrawlRule(CrawlSpider, Place):
    core = False
    expected = ["value", "item"]
    rules = [Rule(LinkExtractor(), callback="parse_page", process_request="keep_cell")]

    def request_for(self, cell):
        link = '<a href="%s/echo/%s">link</a>' % (self.server, cell.helper_name)
        return self.request(cell, "data:text/html," + link, callback=None)

    def keep_cell(self, request, response):
        request.meta["cell"] = cell_of(response).name
        return request

    async def parse_page(self, response):
        cell = cell_of(response)
        cell.note(await cell.helper(later("value")))
        return [{"cell": cell}]

    def scraped(self, item):
        cell_of(item).note("item")
