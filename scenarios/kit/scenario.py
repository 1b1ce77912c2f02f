"""The class that most scenarios inherit from: a spider with three additions, told below."""

import scrapy


class Scenario(scrapy.Spider):
    """A spider whose callback awaits a Deferred through the helper that is being measured.

    `parse` is called with the response to a `data:` request. It awaits `self.helper(deferred)` and
    returns `self.arrived(value)`. The cell passes if what arrived equals `expected` and the item
    reached the end of the crawl. Many scenarios share one crawl; one that needs its own is a `Place`.
    """

    expected = "value"
    """What has to arrive for the cell to pass."""

    server = ""
    """Base URL of an HTTP server on loopback, outside this process; `/echo/<text>` answers with the text."""

    cell = None

    @property
    def helper(self):
        """The helper of this cell. Asking for it shows that the coroutine's body was run."""
        self.cell.entered()
        return self.cell.helper

    def error(self, message):
        """An exception of this cell's own, so that one nobody handles can be traced to its cell."""
        return self.cell.error(message)

    def arrived(self, value):
        """Tell what the await gave, and return the items that the callback is to return."""
        self.cell.arrived(value)
        return [{"cell": self.cell}]
