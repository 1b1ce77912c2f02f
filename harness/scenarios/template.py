"""A first scenario of a user's own: written so that it passes as it is, and shows what to change."""

from __future__ import annotations

import re
from pathlib import Path

from harness.infra.errors import ConfigurationError
from harness.plan.scenario_info import Kind
from harness.scenarios.catalogue import load_scenarios, scenario_folders
from harness.scenarios.reserved_names import wrong_name

_CALLBACK = '''\
"""Await a Deferred in a callback, through the helper that the documentation of Scrapy advises."""

from kit.deferreds import later
from kit.scenario import Scenario


class {name}(Scenario):
    helpers = ["maybe_deferred_to_future"]  # without this line: all of them

    async def parse(self, response):
        value = await self.helper(later("value"))
        return self.arrived(value)
'''

_PLACE = '''\
"""Await in `process_item` of an item pipeline: the item must come out changed."""

from kit.deferreds import later
from kit.place import Place, cell_of
from scrapy import signals


class {name}Pipeline:
    async def process_item(self, item, spider):
        item["value"] = await cell_of(item).helper(later("value"))
        return item


class {name}(Place):
    helpers = ["maybe_deferred_to_future"]  # without this line: all of them
    expected = ["value"]
    custom_settings = {{"ITEM_PIPELINES": {{"{module}.{name}Pipeline": 100}}}}

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.on_item, signals.item_scraped)
        return spider

    def parse(self, response):
        yield {{"cell": cell_of(response)}}

    def on_item(self, item):
        cell_of(item).note(item["value"])
'''

_PROGRAM = '''\
"""Start a crawl with `CrawlerProcess`, reactor and loop from its settings."""

from kit.program import AwaitingSpider, Program
from scrapy.crawler import CrawlerProcess


class {name}(Program):
    helpers = ["maybe_deferred_to_future"]  # without this line: all of them
    lanes = ["default", "asyncio-*"]

    def main(self):
        process = CrawlerProcess(self.settings)
        process.crawl(AwaitingSpider)
        process.start()
'''

TEMPLATES: dict[Kind, str] = {"callback": _CALLBACK, "place": _PLACE, "program": _PROGRAM}


def write_template(name: str, kind: Kind, folder: Path) -> Path:
    """Write a scenario of that name and kind to `folder`, which is made if need be; its path.

    `ConfigurationError` where the name cannot be one or is taken already, `OSError` where it cannot be written.
    """
    wrong = wrong_name(name)
    if wrong:
        raise ConfigurationError(value=name, cause=wrong, action="use another: letters, digits and _")
    path = folder / f"{name}.py"
    if path.exists():
        raise ConfigurationError(value=str(path), cause="it is there already", action="choose another name")
    known = load_scenarios(scenario_folders(()))
    if name in known:
        raise ConfigurationError(
            value=name, cause=f"a built-in scenario has that name: {known[name].path}", action="choose another"
        )
    folder.mkdir(parents=True, exist_ok=True)
    template = TEMPLATES[kind]
    title = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    if re.search(rf"\b{title}\b", template):
        title += "Question"  # what the kit calls so is not to be hidden
    with path.open("x", encoding="utf-8") as file:
        file.write(template.format(name=title, module=name))
    return path
