"""Deferreds to await, made so that they behave alike with any reactor and without one.

They are really pending: one that has fired already can be awaited in places where a pending one cannot.
"""

import asyncio
from functools import partial

from twisted.internet.defer import Deferred

from kit.facts import current_loop, installed_reactor

DELAY = 0.005
"""Seconds until a Deferred fires: long enough to need a turn of the loop, short enough for thousands of cells."""
TURN = 0.004
"""Seconds between two turns of the loop that are counted."""


def call_later(delay, function, *arguments):
    """Call a function after `delay` seconds, in the reactor where there is one, else in the running loop."""
    reactor = installed_reactor()
    if reactor is not None:
        return reactor.callLater(delay, function, *arguments)
    return asyncio.get_event_loop().call_later(delay, function, *arguments)


def later(value, delay=DELAY):
    """A Deferred that fires with `value` after `delay` seconds."""
    deferred = Deferred()
    call_later(delay, deferred.callback, value)
    return deferred


def after_a_turn(value):
    """The same, for what awaits it in a task of its own.

    The delay starts when the loop has turned: however slow the machine, the task finds a Deferred that is pending.
    """
    deferred = Deferred()
    loop = current_loop()
    # Among the steps of tasks, in the order of asking. A timer would not do: in a turn that takes long uvloop calls
    # those that were set in it, too, before any task.
    turn = partial(call_later, 0) if loop is None else loop.call_soon
    turn(call_later, DELAY, deferred.callback, value)
    return deferred


def fail_later(error, delay=DELAY):
    """A Deferred that fails with the exception `error` after `delay` seconds."""
    deferred = Deferred()
    call_later(delay, deferred.errback, error)
    return deferred


def when_done(is_done, turns=25):
    """None where `is_done()` says so at once, else a Deferred that fires as soon as it does, or after so many turns."""
    if is_done():
        return None
    deferred = Deferred()

    def turn(left):
        if left and not is_done():
            call_later(TURN, turn, left - 1)
        else:
            deferred.callback(None)

    turn(turns)
    return deferred


def slowly(value, turns=25):
    """A Deferred that fires with `value` so late that whatever does not wait for it has come before.

    Turns of the loop are counted, since on a busy machine a time alone says little: each gives all others theirs.
    """
    return when_done(lambda: False, turns).addCallback(lambda _: value)
