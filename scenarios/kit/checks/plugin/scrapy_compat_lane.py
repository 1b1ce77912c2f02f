"""A plugin for pytest, loaded before any conftest: installs the lane's reactor and loop, and attests what really ran.

With `scrapy_compat_process` it is all that a suite under test sees of the harness. It needs Python 3.6 and pytest.
"""

import asyncio
import faulthandler
import importlib
import os
import signal
import site
import traceback

import pytest
from scrapy_compat_process import LANE, installed_reactor, lane_facts, name_of, refuse_network, write

_TEXT = 4000
"""Characters kept of the traceback of a test."""
_BETWEEN = ("twisted", "scrapy", "pytest_twisted", "_pytest", "pluggy")
"""Packages that stand between whoever wants another reactor and its installation."""


def _place(skipped=()):
    """File and line of the nearest caller that is neither this file nor of a package in `skipped`."""
    for frame in reversed(traceback.extract_stack()[:-1]):
        parts = frame.filename.replace("\\", "/").split("/")
        if frame.filename != __file__ and not set(parts) & set(skipped) and "importlib" not in frame.filename:
            return "%s:%d" % (frame.filename, frame.lineno)
    return "?"


# The lane


def _load(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _install():
    """Install what the lane's settings ask for, as Scrapy would do it, without importing Scrapy."""
    path, loop_path = LANE["settings"].get("TWISTED_REACTOR"), LANE["settings"].get("ASYNCIO_EVENT_LOOP")
    if not path:
        import twisted.internet.reactor  # noqa: F401
    elif path.endswith(".AsyncioSelectorReactor"):
        from twisted.internet import asyncioreactor

        loop = _load(loop_path)() if loop_path else asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        asyncioreactor.install(loop)
    else:
        importlib.import_module(path.rpartition(".")[0]).install()


def _watch_refusals():
    """Tell who tries to install another reactor, and is refused: some catch that and go on."""
    from twisted.internet import main

    install = main.installReactor

    def told(reactor):
        write("refused", wanted=name_of(reactor), place=_place(_BETWEEN))
        install(reactor)

    main.installReactor = told


def _watch_running():
    """Tell when the reactor runs for the first time: without that no test has used the lane."""
    reactor = installed_reactor()
    if hasattr(reactor, "addSystemEventTrigger"):
        reactor.addSystemEventTrigger("before", "startup", write, "running")


def _watch_loops():
    """Tell which loop runs first where there is no reactor. Loops written in C are not seen."""
    run_forever = asyncio.BaseEventLoop.run_forever
    seen = set()

    def run(self):
        if installed_reactor() is None and type(self) not in seen:
            seen.add(type(self))
            write("running", loop=name_of(self))
        return run_forever(self)

    asyncio.BaseEventLoop.run_forever = run


# What pytest calls


def pytest_configure(config):
    if hasattr(faulthandler, "register") and hasattr(signal, "SIGUSR2"):
        with open(LANE["stacks"], "a") as file:
            faulthandler.register(signal.SIGUSR2, file=os.dup(file.fileno()), all_threads=True)
    write("start", worker=_worker(config), **lane_facts())


def pytest_collection_finish(session):
    write("collected", count=len(session.items), worker=_worker(session.config), **lane_facts())


def pytest_runtest_logstart(nodeid, location):
    if not _is_worker():
        write("begin", id=nodeid)


def pytest_runtest_teardown(item, nextitem):
    facts = lane_facts()
    if facts != _last.get("facts"):
        _last["facts"] = facts
        write("facts", worker=_worker(item.config), **facts)


_last = {}


def pytest_runtest_logreport(report):
    if _is_worker():
        return
    category = _config["config"].hook.pytest_report_teststatus(report=report, config=_config["config"])[0]
    if category:
        write("test", id=report.nodeid, outcome=category, seconds=report.duration, **_failure(report))


def pytest_collectreport(report):
    if report.failed and not _is_worker():
        write("test", id=report.nodeid or "(collection)", outcome="error", seconds=0.0, **_failure(report))


def pytest_addoption(parser):
    # Asked here and not in `pytest_configure`: who defines an option is known when all conftests are read.
    _config["parser"] = parser


def pytest_cmdline_main(config):
    _config["config"] = config
    choices = [list(option.attrs().get("choices") or ["*"]) for option in _options() if "--reactor" in option.names()]
    write("options", reactor=choices[0] if choices else [])


def pytest_sessionfinish(session, exitstatus):
    if not _is_worker():
        write("finish", exit=int(exitstatus))


@pytest.hookimpl(optionalhook=True)
def pytest_warning_recorded(warning_message, when, nodeid, location):
    if not _is_worker() and issubclass(warning_message.category, (DeprecationWarning, PendingDeprecationWarning)):
        place = "%s:%d" % (warning_message.filename, warning_message.lineno)
        write("deprecated", place=place, text=str(warning_message.message)[:500])


_config = {}


def _options():
    parser = _config.get("parser")
    if parser is None:
        return []
    # The anonymous group is among the others from pytest 9.1 on.
    groups = list(parser._groups) + [parser._anonymous]
    return [option for group in groups for option in group.options]


def _worker(config):
    return getattr(config, "workerinput", {}).get("workerid", "")


def _is_worker():
    return "PYTEST_XDIST_WORKER" in os.environ


def _failure(report):
    """Of a report what a reader wants first: one line, the place, and the end of the text."""
    found = report.longrepr
    if not found or report.passed:
        return {"message": getattr(report, "wasxfail", "") or "", "place": "", "text": ""}
    if isinstance(found, tuple):
        return {"message": str(found[2]), "place": "%s:%s" % (found[0], found[1]), "text": ""}
    crash = getattr(found, "reprcrash", None)
    text = str(found)
    message = text.strip().split("\n")[-1] if crash is None else crash.message
    place = "" if crash is None else "%s:%s" % (crash.path, crash.lineno)
    return {"message": message[:1000], "place": place, "text": text[-_TEXT:]}


for _folder in LANE["overlays"]:
    site.addsitedir(_folder)
refuse_network()
if LANE["reactorless"]:
    _watch_loops()
elif LANE["forced"]:
    _install()
    _watch_running()
    _watch_refusals()
