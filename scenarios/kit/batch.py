"""Runs the cells of one lane in this process: one crawl, watched, and every outcome written."""

import faulthandler
import sys

from kit.facts import current_loop
from kit.mechanisms import OVERLAYS, describe


def run_batch(request, batch, report):
    """Run `batch` of `request` and write its outcomes to `report`. Installs a reactor: once a process."""
    from kit.closing import CloseWatch
    from kit.crawl import run_crawl
    from kit.probe import Probe
    from kit.watchdog import Watchdog

    # Behind everything else: an overlay adds packages and never hides one of the resolved set.
    sys.path.extend(batch["path"])
    OVERLAYS.extend(batch["path"])
    number = batch["batch"]
    probes = [Probe(index, scenario, helper, number, report) for index, (scenario, helper) in enumerate(batch["cells"])]
    ready = [probe for probe in probes if probe.prepare()]
    watchdog = Watchdog(ready, request["deadline"], number, report)
    close = CloseWatch()

    def on_running(facts):
        watchdog.crawl_runs(current_loop())
        close.crawl_runs()
        report.write(dict(facts, type="facts", batch=number))

    # In C, without the interpreter's lock: the last word where the watchdog's thread cannot run any more.
    faulthandler.enable()
    faulthandler.dump_traceback_later(request["deadline"] + 5, repeat=True)
    watchdog.start()
    try:
        run_crawl(
            batch["settings"], batch["reactorless"], probes=ready, server=request["server"], on_running=on_running
        )
    except BaseException as error:
        report.write(dict(describe(error), type="broken", batch=number))
    else:
        for probe in ready:
            if probe.outcome is None:
                probe.judge()
    watchdog.done()
    faulthandler.cancel_dump_traceback_later()
    report.write(dict(close.verdict(ready), type="close", batch=number))
