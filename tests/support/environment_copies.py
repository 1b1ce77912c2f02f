"""Runs in an environment under test: which modules that are imported once keep what an environment variable said.

Started twice with the folder of the scenarios, a value and the names of scenarios; the second time with that value in
every variable that was read the first time. Prints one JSON object.
"""

import json
import os
import sys

folder, value, scenarios = sys.argv[1], sys.argv[2], sys.argv[3:]
sys.path[0] = folder

read = set()


class Recording(type(os.environ)):
    def __getitem__(self, name):
        read.add(name)
        return super().__getitem__(name)


os.environ.__class__ = Recording


class Nowhere:
    def write(self, outcome):
        pass


from kit.facts import attest_environment  # noqa: E402
from kit.preload import preload  # noqa: E402

assert attest_environment(Nowhere())
# What a cell that runs alone imports before anything of a scenario, too.
alike = set(sys.modules)
read.clear()
preload({"scenarios": [folder], "batches": [{"cells": [[name, "none"] for name in scenarios]}]})


def holds(thing, seen, depth=0):
    """Whether a value is reachable from a thing through containers, classes and attributes."""
    if isinstance(thing, (str, bytes)):
        return (value if isinstance(thing, str) else value.encode()) in thing
    if depth > 6 or id(thing) in seen or thing is os.environ or thing is getattr(os, "environb", None):
        return False
    seen.add(id(thing))
    if isinstance(thing, dict):
        parts = list(thing.keys()) + list(thing.values())
    elif isinstance(thing, (list, tuple, set, frozenset)):
        parts = list(thing)
    elif isinstance(thing, type(sys)):
        return False
    else:
        try:
            parts = list(vars(thing).values())
        except TypeError:
            return False
        defaults = vars(type(thing)).get("__defaults__") and thing.__defaults__
        parts += defaults if isinstance(defaults, tuple) else ()
    return any(holds(part, seen, depth + 1) for part in parts)


# Before anything is looked at: some modules import others when they are asked for a name.
names = sorted(name for name in read if isinstance(name, str))
kept = []
if value:
    seen = {id(sys.modules), id(sys.argv), id(sys.orig_argv) if hasattr(sys, "orig_argv") else 0}
    for name, module in sorted(sys.modules.items()):
        if name not in alike:
            kept += [name + "." + key for key, thing in sorted(vars(module).items()) if holds(thing, seen)]
print(json.dumps({"read": names, "kept": kept, "modules": len(sys.modules)}))
