"""Runs the spiders of a project in a process of its own, in a lane or as its settings say."""

import os
import sys
import tempfile

from _reporting import finish, report_suite, sign_of_life
from _spider_verdict import judged_spiders
from _suite import HERE, read_target, run_in_tree

_STARTER = os.path.join(HERE, "spiders", "start_spiders.py")
AS_ITS_SETTINGS_SAY = {"settings": {}, "reactorless": False, "forced": False, "overlays": []}
"""The lane of spiders that run as the settings of their project say."""


def try_spiders(cell, lane, ask, on_running=None):
    """Start the spiders of the target, or with `ask` "contracts" check them, and write the outcome of a cell."""
    target = read_target()
    control = target["control"]
    known = control["tests"] if control else {}
    limit = target["limits"]["test"]
    impatient = [name for name, outcome in known.items() if outcome == "error"]
    lane = dict(lane, ask=ask, arguments=target["spiders"], limit=limit, impatient=impatient)
    # Each spider has its own deadline; that of all is only for what keeps them.
    limits = {"start": 2 * limit, "test": 2 * limit}
    place = tempfile.mkdtemp(dir=os.getcwd())
    run = run_in_tree(target, place, [sys.executable, _STARTER], lane, limits, sign_of_life(cell))
    report_suite(cell, run)
    facts = run.facts()
    if on_running is not None and facts is not None:
        on_running(facts)
    finish(cell, judged_spiders(control, run), run)
