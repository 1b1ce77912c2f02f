"""Whose it is: the cell that a request, an item or an exception belongs to."""

import logging
import os

from kit.cell import Cell, cell_called
from kit.mechanisms import SCENARIOS, neutral
from kit.protocol import cut


def cell_of(thing):
    """The cell that a request, response, item, failure, spider or crawler of a scenario belongs to.

    LookupError for anything else.
    """
    cell = _cell_of(thing)
    if cell is None:
        raise LookupError("%r belongs to no cell" % (thing,))
    return cell


def _cell_of(thing):
    if isinstance(thing, Cell):
        return thing
    if isinstance(thing, dict):
        found = thing.get("cell")
    else:
        # Responses have a request, failures of requests too; crawlers know the class of their spider.
        request = getattr(thing, "request", None)
        owner = getattr(thing, "spidercls", thing)
        found = _in_meta(thing) or _in_meta(request) or getattr(owner, "cell", None)
    return found if isinstance(found, Cell) else None


def _in_meta(request):
    # A response that has no request yet raises AttributeError of its own when asked for its meta.
    meta = getattr(request, "meta", None)
    found = meta.get("cell") if isinstance(meta, dict) else None
    return cell_called(found) if isinstance(found, str) else found


def cell_behind(error):
    """The cell that an exception comes from: one that it names, else the one whose code it passed through, or None."""
    found = getattr(error, "cell", None)
    entry = getattr(error, "__traceback__", None)
    while found is None and entry is not None:
        found = cell_in_frame(entry.tb_frame)
        entry = entry.tb_next
    return found


def cell_in_frame(frame):
    """The cell that the local variables of a frame lead to, or None."""
    names = {} if frame is None else frame.f_locals
    # Those of a handler of signals, whatever it asks for.
    arguments = names.get("arguments")
    if isinstance(arguments, dict):
        names = dict(arguments, **names)
    # In this order: a component may hold many cells, what it handles belongs to one.
    for name in ("cell", "item", "request", "response", "failure", "spider", "self", "crawler"):
        try:
            found = _cell_of(names.get(name))
        except Exception:
            found = None  # properties of foreign objects may do what they like
        if found is not None:
            return found
    return None


def root_of(error):
    """The exception that came out of a scenario's code first, of those that one was raised while handling."""
    found, seen = error, set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if passed_through_scenario(error):
            found = error
        error = error.__cause__ or error.__context__
    return found


def passed_through_scenario(error):
    """Whether code of the scenario that an exception belongs to, or a user's beside it, is in its traceback."""
    cell = cell_behind(error)
    return cell is not None and _passed_through(cell, error.__traceback__)


def _passed_through(cell, entry):
    # The last folder is the built-in one.
    own = tuple(os.path.join(folder, "") for folder in SCENARIOS[:-1])
    while entry is not None:
        file = entry.tb_frame.f_code.co_filename
        if os.path.basename(file) == cell.scenario + ".py" or file.startswith(own):
            return True
        entry = entry.tb_next
    return False


LOGGED = 3000
"""Characters that are kept of one error in the log."""


class ErrorWatch(logging.Handler):
    """Tells cells of the exceptions that Scrapy only logs: those of signal handlers, pipelines, extensions.

    Only those that come out of the scenario's own code fail it: others may be what these lead to. All that is logged
    is kept for cells of which nothing else is seen.
    """

    def __init__(self, cells):
        """`cells` are those that everything logged in this process belongs to; none where they share it with others."""
        super().__init__(logging.ERROR)
        self._cells = cells
        self._text = logging.Formatter("%(levelname)s [%(name)s] %(message)s")
        logging.getLogger().addHandler(self)

    def emit(self, record):
        if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
            self._fail_by(record)
        # A spider of a place has a crawl, and so a log, of its own.
        cells = self._cells or getattr(getattr(record, "spider", None), "cells", ())
        left = [cell for cell in cells if cell.outcome is None]
        if left:
            text = neutral(cut(self._text.format(record), LOGGED))
            for cell in left:
                cell.logged(text)

    @staticmethod
    def _fail_by(record):
        _, error, entry = record.exc_info
        # Twisted takes the traceback from an exception that has passed through a Deferred. What it hands to the
        # log instead knows the files, and not the variables that would tell the cell: a crawl of its own does.
        cell = cell_behind(error) or _cell_of(getattr(record, "spider", None))
        if cell is not None and _passed_through(cell, error.__traceback__ or entry):
            cell.failed(error)
