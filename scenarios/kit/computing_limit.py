"""A limit for code that may never give the loop a turn, in processor time: a slow machine is no blocked loop."""

import signal

from kit.deferreds import call_later


def limit_computing(seconds, target, detail):
    """From now on, `seconds` of computing let `target`, a cell or program, fail as blocked and raise TimeoutError.

    Again and again, since what is computed may catch it. A platform that has no such timer has no such limit.
    """

    def give_up(number, frame):
        target.fail("loop-blocked", detail)
        raise TimeoutError(detail)

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGVTALRM, give_up)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)


def lift_limit():
    """No limit any more."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def limit_this_turn(seconds, target, detail):
    """The same limit until the loop turns."""
    limit_computing(seconds, target, detail)
    call_later(0, lift_limit)
