"""`deferred_to_future` and `maybe_deferred_to_future` of Scrapy 2.6, copied as its documentation advises.

The tip on the asyncio page of Scrapy 2.6 and later tells authors who support older releases to copy the
implementation of these two functions into their own code. This is that copy, kept as a user would keep it:
the bodies are Scrapy's (BSD-3-Clause, Copyright (c) Scrapy developers); docstrings and annotations are left out.
"""

import asyncio

from scrapy.utils.reactor import is_asyncio_reactor_installed


def deferred_to_future(d):
    return d.asFuture(asyncio.get_event_loop())


def maybe_deferred_to_future(d):
    if not is_asyncio_reactor_installed():
        return d
    else:
        return deferred_to_future(d)
