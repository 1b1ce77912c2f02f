"""A Scrapy project that tests make and try: a spider for each thing that a release, a Python or a lane breaks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SPIDER = """
import scrapy


class {title}Spider(scrapy.Spider):
    name = "{name}"
    start_urls = ["https://shop.example/{name}"]
"""

FILES = {
    "scrapy.cfg": "[settings]\ndefault = shop.settings\n",
    "requirements.txt": "scrapy==2.11.2\n",
    "shop/__init__.py": "",
    "shop/settings.py": (
        'BOT_NAME = "shop"\nSPIDER_MODULES = ["shop.spiders"]\n'
        'REQUEST_FINGERPRINTER_IMPLEMENTATION = "2.7"\n'
        "TWISTED_REACTOR = None\n"
    ),
    "shop/middlewares.py": """
class Plain:
    def process_spider_output(self, response, result, spider):
        for each in result:
            yield each
""",
    "shop/pipelines.py": """
from twisted.internet.defer import Deferred, inlineCallbacks


class Waits:
    @inlineCallbacks
    def open_spider(self, spider):
        from twisted.internet import reactor

        deferred = Deferred()
        reactor.callLater(0, deferred.callback, None)
        yield deferred

    def process_item(self, item, spider):
        return item
""",
    "shop/spiders/__init__.py": "",
    # Which release calls it no more, nobody is told.
    "shop/spiders/old.py": """
import scrapy


class OldSpider(scrapy.Spider):
    name = "old"

    def start_requests(self):
        for page in range(3):
            yield scrapy.Request("https://shop.example/%d" % page)
""",
    "shop/spiders/output.py": SPIDER.format(title="Output", name="output")
    + '    custom_settings = {"SPIDER_MIDDLEWARES": {"shop.middlewares.Plain": 500}}\n',
    "shop/spiders/loaders.py": "from scrapy.loader.processors import TakeFirst\n"
    + SPIDER.format(title="Loaders", name="loaders"),
    "shop/spiders/now.py": "from twisted.internet import reactor\n" + SPIDER.format(title="Now", name="now"),
    "shop/spiders/waiting.py": SPIDER.format(title="Waiting", name="waiting")
    + '    custom_settings = {"ITEM_PIPELINES": {"shop.pipelines.Waits": 300}}\n',
    "shop/spiders/checked.py": SPIDER.format(title="Checked", name="checked")
    + '''
    def parse(self, response):
        """Take one item.

        @url data:,page
        @returns items 1 1
        @scrapes text
        """
        yield {"text": response.text}
''',
    "shop/spiders/remote.py": SPIDER.format(title="Remote", name="remote")
    + '''
    def parse(self, response):
        """Take one item.

        @url http://shop.example/page
        @returns items 1 1
        """
        yield {"text": response.text}
''',
    "shop/spiders/by_category.py": SPIDER.format(title="ByCategory", name="by_category")
    + """
    def __init__(self, category, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.category = category

    def parse(self, response):
        '''Take one item.

        @url data:,page
        @returns items 0
        '''
""",
    "shop/spiders/broken.py": "import a_package_that_nobody_has\n" + SPIDER.format(title="Broken", name="broken"),
}


def make_project(folder: Path, files: Mapping[str, str | None] | None = None) -> Path:
    """Return a folder with the project, and these files in it; None leaves one out."""
    for name, text in {**FILES, **(files or {})}.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder
