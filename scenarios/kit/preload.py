"""Imports what a crawl needs, once, in the parent that forks: all that ships with the harness and chooses no reactor.

A file of a user's is never imported here: what it does when it is imported (a folder it makes, a client, a counter, a
package it looks for and does without) would be one for all lanes, and done before the batch's overlay is on the path.
"""

import gc
import importlib
import os
import sys


class _NoReactor:
    """Import hook: whatever asks for the reactor at module level fails here, and so is not preloaded."""

    def find_spec(self, fullname, path, target=None):
        if fullname == "twisted.internet.reactor":
            raise ImportError("not to be preloaded: it imports the reactor")
        return None


def preload(request):
    """Import Scrapy's default components and the built-in scenarios of `request` as far as they install no reactor.

    Returns the names of the modules that have to be imported by each child.
    """
    from scrapy.settings import default_settings

    built_in = request["scenarios"][-1]
    asked = {scenario for batch in request["batches"] for scenario, _ in batch["cells"]}
    scenarios = [name for name in asked if os.path.isfile(os.path.join(built_in, name + ".py"))]
    hook = _NoReactor()
    sys.meta_path.insert(0, hook)
    left = []
    try:
        for name in sorted(set(_component_modules(default_settings)) - _KEEPS) + _OURS + sorted(scenarios):
            try:
                importlib.import_module(name)
            except Exception:
                # Its own crawl will say why, in the cells that need it.
                left.append(name)
    finally:
        sys.meta_path.remove(hook)
    gc.collect()
    # New in Python 3.7. What is frozen is not touched by the children's collections, so the pages stay shared.
    freeze = getattr(gc, "freeze", None)
    if freeze is not None:
        freeze()
    return left


_KEEPS = {"scrapy.downloadermiddlewares.cookies", "scrapy.exporters"}
"""Modules that keep what an environment variable said when they were imported: tldextract does, and xml.sax."""
_OURS = [
    # What takes long of tldextract: the rest is imported by every child, which may have set its variables.
    "filelock",
    "idna",
    "requests",
    "requests_file",
    "kit.batch",
    "kit.attribution",
    "kit.cell",
    "kit.close_check",
    "kit.helper_copies",
    "kit.crawl",
    "kit.deferreds",
    "kit.place",
    "kit.program",
    "kit.quick_settings",
    "kit.stacks",
    "kit.unawaited",
    "kit.watchdog",
    "logging.handlers",
    "scrapy.core.engine",
    "scrapy.utils.defer",
    "twisted.internet.asyncioreactor",
    "twisted.internet.threads",
    "twisted.python.threadpool",
]


def _component_modules(settings):
    """Modules of the classes that the default settings name, in values and as keys or values of dicts."""
    for name in dir(settings):
        value = getattr(settings, name)
        values = [*value.keys(), *value.values()] if isinstance(value, dict) else [value]
        for entry in values:
            if isinstance(entry, str) and entry.startswith("scrapy.") and name.isupper():
                yield entry.rpartition(".")[0]
