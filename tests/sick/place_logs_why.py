"""Nothing is noted, and the log says why."""

from kit.place import Place
from scrapy.spidermiddlewares.httperror import HttpError


class Middleware:
    def process_spider_input(self, response, spider):
        spider.logger.error("the plugin did nothing", extra={"spider": spider})
        raise HttpError(response, "not for the callback")


class PlaceLogsWhy(Place):
    custom_settings = {"SPIDER_MIDDLEWARES": {"place_logs_why.Middleware": 1}}

    def failed(self, failure):
        pass
