"""Proof of a hang: where every thread stands, and what the loop is still waiting for."""

import asyncio
import gc
import io
import opcode
import sys
import threading
import traceback
from types import AsyncGeneratorType

from kit.facts import current_loop, installed_reactor
from kit.mechanisms import neutral

MOST = 40
"""Entries of one kind that are shown; a scenario may have left thousands."""


def threads():
    """The stacks of all Python threads as text."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    text = []
    for ident, frame in sorted(sys._current_frames().items()):
        if ident != threading.get_ident():
            text.append("Thread %s\n%s" % (names.get(ident, ident), "".join(traceback.format_stack(frame))))
    return neutral("\n".join(text))


def main_thread_frames():
    """The frames of the main thread, innermost first."""
    frame = sys._current_frames().get(threading.main_thread().ident)
    while frame is not None:
        yield frame
        frame = frame.f_back


def tasks_of(loop):
    """The tasks of a loop that are not done."""
    all_tasks = getattr(asyncio, "all_tasks", None) or asyncio.Task.all_tasks
    return [task for task in all_tasks(loop) if not task.done()]


def waiting(loop=None):
    """What the loop, the reactor and unfired Deferreds are waiting for, as text."""
    sections = []
    loop = loop or current_loop()
    if loop is not None:
        sections.append(("Pending asyncio tasks", [_task_stack(task) for task in tasks_of(loop)]))
    reactor = installed_reactor()
    if reactor is not None:
        sections.append(("Delayed calls of the reactor", [str(call) for call in reactor.getDelayedCalls()]))
        sections.append(("Readers of the reactor", [repr(reader) for reader in reactor.getReaders()]))
        sections.append(("Writers of the reactor", [repr(writer) for writer in reactor.getWriters()]))
    sections.append(("Deferreds that never fired", unfired_deferreds()))
    return neutral("\n".join(_section(title, lines) for title, lines in sections))


def open_generators():
    """The async generators of this process that have begun, and neither ended nor were closed; CPython's only."""
    if sys.implementation.name != "cpython":
        # Elsewhere looking through all objects takes longer than a crawl.
        return []
    return [thing for thing in gc.get_objects() if type(thing) is AsyncGeneratorType and _has_begun(thing)]


def _has_begun(generator):
    if hasattr(generator, "ag_suspended"):
        # New in Python 3.12.
        return generator.ag_suspended
    frame = generator.ag_frame
    if frame is None or frame.f_lasti < 0:
        return False
    # In Python 3.11 an instruction of its own makes it.
    return generator.ag_code.co_code[frame.f_lasti] != opcode.opmap.get("RETURN_GENERATOR")


def unfired_deferreds():
    """The Deferreds of this process that have not fired although somebody waits for them."""
    from twisted.internet.defer import Deferred

    found = []
    for thing in gc.get_objects():
        if type(thing) is Deferred and not thing.called and thing.callbacks:
            found.append("%r waited for by %s" % (thing, ", ".join(_name(entry) for entry in thing.callbacks[:3])))
    return found


def _name(entry):
    function = entry[0][0]
    return getattr(function, "__qualname__", repr(function))


def _task_stack(task):
    text = io.StringIO()
    task.print_stack(file=text)
    # That is the outermost coroutine; what it waits for is further in.
    inner = list(_awaited_by(getattr(task, "_coro", None)))[1:MOST]
    return "%r\n%s%s" % (task, text.getvalue(), "".join(inner))


def _awaited_by(coroutine):
    """Where a coroutine stands, then the one that it awaits, and so on."""
    frame = getattr(coroutine, "cr_frame", None)
    while frame is not None:
        yield traceback.format_stack(frame, limit=1)[0]
        coroutine = coroutine.cr_await
        frame = getattr(coroutine, "cr_frame", None)


def _section(title, lines):
    more = ["... and %d more" % (len(lines) - MOST)] if len(lines) > MOST else []
    return "\n".join(["%s: %d" % (title, len(lines))] + ["  " + line for line in lines[:MOST] + more])
