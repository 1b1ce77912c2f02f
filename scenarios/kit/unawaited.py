"""Coroutines whose body was never run, and the cells that they belong to."""

import gc
import inspect
import os
import sys
import warnings
from types import CoroutineType

from kit.attribution import cell_in_frame


def watch_unawaited(cells):
    """From now on tell those of `cells` whose coroutine is thrown away unawaited. Python 3.6 has no way to know."""
    warn = getattr(warnings, "_warn_unawaited_coroutine", None)

    def tell(coroutine):
        _tell(coroutine, cells)
        warn(coroutine)

    if warn is not None:
        # A hook of `warnings` itself is replaced by Scrapy, and is not told of the coroutine.
        warnings._warn_unawaited_coroutine = tell


def tell_of_unstarted(cells):
    """Tell those of `cells` whose coroutine is kept by somebody who has not awaited it; CPython's only."""
    if sys.implementation.name == "cpython":
        for thing in gc.get_objects():
            if type(thing) is CoroutineType and inspect.getcoroutinestate(thing) == inspect.CORO_CREATED:
                _tell(thing, cells)


def _tell(coroutine, cells):
    """Tell the one cell that its arguments lead to, else all of the scenario whose file it is of."""
    owner = cell_in_frame(coroutine.cr_frame)
    name = os.path.splitext(os.path.basename(coroutine.cr_code.co_filename))[0]
    for cell in [owner] if owner is not None else [cell for cell in cells if cell.scenario == name]:
        cell.unawaited(coroutine.__qualname__)
