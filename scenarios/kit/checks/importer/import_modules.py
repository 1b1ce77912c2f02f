"""A program that imports modules and everything below them, and writes what came of each: `try_load` starts it.

Its argument is a JSON list: the names, folders of added packages, and the file to write to.
"""

import importlib
import json
import pkgutil
import site
import sys
import traceback

_TEXT = 8000
"""Characters kept of a traceback."""


def main():
    # Nothing beside this file is to be found by the modules under test.
    del sys.path[0]
    names, overlays, told = json.loads(sys.argv[1])
    for folder in overlays:
        site.addsitedir(folder)
    found = {"modules": [], "reactor": None}
    for name in names:
        import_below(name, found)
    with open(told, "w", encoding="utf-8") as file:
        json.dump(found, file)


def import_below(name, found):
    """Import a module and those below it; a failure keeps none of its neighbours from being tried."""
    had = "twisted.internet.reactor" in sys.modules
    try:
        module = importlib.import_module(name)
    except BaseException as error:
        found["modules"].append([name, told_of(error)])
        return
    finally:
        reactor = sys.modules.get("twisted.internet.reactor")
        if not had and reactor is not None:
            found["reactor"] = [name, "%s.%s" % (type(reactor).__module__, type(reactor).__name__)]
    found["modules"].append([name, None])
    for _, child, _ in pkgutil.iter_modules(getattr(module, "__path__", []), name + "."):
        # A program, which runs when it is imported.
        if child.rpartition(".")[2] != "__main__":
            import_below(child, found)


def told_of(error):
    """Message, place and traceback of an exception; texts that JSON can hold."""
    frames = traceback.extract_tb(error.__traceback__)
    place = "%s:%d" % (frames[-1].filename, frames[-1].lineno) if frames else ""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    told = ["%s: %s" % (type(error).__name__, error), place, text[-_TEXT:]]
    return [each.encode("utf-8", "backslashreplace").decode("utf-8") for each in told]


if __name__ == "__main__":
    main()
