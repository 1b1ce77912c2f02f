"""A plugin that asks Scrapy for something that no release has."""

from scrapy.utils.defer import never_there  # noqa: F401
