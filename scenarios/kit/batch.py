"""Runs the cells of one batch in this process, watched, and every outcome written."""

import faulthandler
import gc
import site
import sys

from kit.facts import current_loop
from kit.mechanisms import OVERLAYS, describe


def run_batch(request, batch, report):
    """Run `batch` of `request` and write its outcomes to `report`. Installs a reactor: once a process."""
    from kit.attribution import ErrorWatch, cell_behind, passed_through_scenario
    from kit.cell import Cell
    from kit.close_check import CloseWatch
    from kit.unawaited import watch_unawaited
    from kit.watchdog import Watchdog

    # Behind everything else: an overlay adds packages and never hides one of the resolved set. Some, as pywin32, are
    # found through a file of paths only.
    for folder in batch["path"]:
        site.addsitedir(folder)
    OVERLAYS.extend(batch["path"])
    if batch["own"]:
        # In front of those, as ever; and not before now: nothing of a user's is imported where it is not asked about.
        sys.path[1:1] = request["scenarios"][:-1]
    cells = [Cell(index, scenario, helper, report) for index, (scenario, helper) in enumerate(batch["cells"])]
    ready = [cell for cell in cells if cell.prepare()]
    watchdog = Watchdog(ready, batch["deadlines"], report)
    close = CloseWatch()
    ErrorWatch(ready if batch["program"] or len(ready) == 1 else [])
    watch_unawaited(ready)

    def on_running(facts):
        watchdog.crawl_runs(current_loop())
        close.crawl_runs()
        report.write(dict(facts, type="facts"))

    # In C, without the interpreter's lock: the last word where the watchdog's thread cannot run any more.
    faulthandler.enable()
    faulthandler.dump_traceback_later(batch["deadlines"]["stacks"], repeat=True)
    watchdog.start()
    is_whole = True
    try:
        _run(batch, ready, request["server"], on_running, close)
    except BaseException as error:
        if passed_through_scenario(error):
            # One of them has ended the crawl of all. Of the others nothing is said, and they are run again.
            cell_behind(error).failed(error)
            is_whole = all(cell.outcome is not None for cell in ready)
        else:
            report.write(dict(describe(error), type="broken"))
    else:
        _judge(ready)
    watchdog.done()
    faulthandler.cancel_dump_traceback_later()
    if is_whole:
        report.write(dict(close.verdict(ready), type="close"))


def _judge(cells):
    """Write the outcomes of those that have none, when nothing more can come."""
    from kit.unawaited import tell_of_unstarted

    left = [cell for cell in cells if cell.outcome is None]
    if left:
        # Coroutines that nobody awaited, and errors that nobody looked at, tell it when they are thrown away.
        gc.collect()
        tell_of_unstarted(left)
    for cell in left:
        cell.judge()


def _run(batch, cells, server, on_running, close):
    from kit.crawl import run_crawls, scenario_class
    from kit.program import run_program

    if not batch["program"]:
        run_crawls(batch, cells, server, on_running)
    elif cells:
        try:
            scenario = scenario_class(cells[0].scenario)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            for cell in cells:
                cell.failed(error)
        else:
            run_program(scenario, cells, batch, server, on_running, close.take_unhandled)
