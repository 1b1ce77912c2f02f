"""The ways of awaiting a Deferred that are compared, by name; `none` is for scenarios that await none."""


def _direct():
    return lambda d: d


def _deferred_to_future():
    from scrapy.utils.defer import deferred_to_future

    return deferred_to_future


def _maybe_deferred_to_future():
    from scrapy.utils.defer import maybe_deferred_to_future

    return maybe_deferred_to_future


def _ensure_awaitable():
    from scrapy.utils.defer import ensure_awaitable

    return ensure_awaitable


def _copied_deferred_to_future():
    from kit.helper_copies import deferred_to_future

    return deferred_to_future


def _copied_maybe_deferred_to_future():
    from kit.helper_copies import maybe_deferred_to_future

    return maybe_deferred_to_future


def _as_future():
    import asyncio

    return lambda d: d.asFuture(asyncio.get_event_loop())


def _none():
    return lambda d: d


_LOADERS = {
    "direct": _direct,
    "deferred_to_future": _deferred_to_future,
    "maybe_deferred_to_future": _maybe_deferred_to_future,
    "ensure_awaitable": _ensure_awaitable,
    "copied_deferred_to_future": _copied_deferred_to_future,
    "copied_maybe_deferred_to_future": _copied_maybe_deferred_to_future,
    "as_future": _as_future,
    "none": _none,
}


def load_helper(name):
    """The helper called `name`: a function that takes a Deferred and returns what is to be awaited.

    ImportError where this release of Scrapy does not have it.
    """
    return _LOADERS[name]()
