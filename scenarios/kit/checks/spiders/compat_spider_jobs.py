"""What is done with a project's spiders, each job in a process of its own: list modules, crawl a spider, check it.

A job is a JSON object: `kind`, the file `told` that it appends what it finds to, a line each, and what its function
below reads of it. Everything is done by Scrapy's own commands, as `scrapy` does it in the folder of the project.
"""

import gc
import importlib
import importlib.util
import inspect
import io
import json
import logging
import os
import pkgutil
import re
import site
import sys
import warnings

from compat_job_reports import EndsProcessError, LoggedErrors, Tee, Teller, warned
from scrapy_compat_process import LANE, installed_reactor, name_of, refuse_network, refused, write

_DEFAULT_LOADER = "scrapy.spiderloader.SpiderLoader"
_PRELOADED = (
    "compat_nothing_sent",
    "scrapy.cmdline",
    "scrapy.commands.crawl",
    "scrapy.core.engine",
    "scrapy.extension",
)


class _NoReactor:
    """Import hook: whatever asks for the reactor at module level fails here, and so is not preloaded."""

    def find_spec(self, fullname, path, target=None):
        if fullname == "twisted.internet.reactor":
            raise ImportError("not to be preloaded: it imports the reactor")
        return None


def preload():
    """Import what all children need: Scrapy's own components, as far as they install no reactor."""
    for name in _PRELOADED:
        importlib.import_module(name)
    from scrapy.settings import default_settings

    hook = _NoReactor()
    sys.meta_path.insert(0, hook)
    for name in sorted(set(re.findall(r"scrapy[.\w]+(?=\.\w+')", repr(vars(default_settings))))):
        try:
            importlib.import_module(name)
        except Exception:
            # Its crawls will say why.
            pass
    sys.meta_path.remove(hook)
    gc.collect()
    # New in Python 3.7: what is frozen is not touched by the children's collections.
    getattr(gc, "freeze", int)()


def run(asked):
    """Do a job; returns the exit code of its process."""
    told = Teller(asked["told"])
    for folder in LANE["overlays"]:
        site.addsitedir(folder)
    warnings.simplefilter("default", DeprecationWarning)
    warnings.showwarning = warned
    code = None
    try:
        _JOBS[asked["kind"]](asked, told)
    except ExitCodeError as error:
        code = str(error)
    except BaseException as error:
        told.error(error)
    # What nobody has handled is logged when it is thrown away: the reason of the exit code, too.
    gc.collect()
    if code is not None and not told.errors:
        told(error=[code, "", ""])
    told(ended=True)
    return 0


def modules(asked, told):
    """Tell the modules of spiders, without importing them, and whether Scrapy only warns of broken ones."""
    from scrapy.utils.project import get_project_settings

    settings = get_project_settings()
    found = []
    for name in settings.getlist("SPIDER_MODULES"):
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise ImportError("No module named %r, which SPIDER_MODULES names" % name)
        found.append((name, spec.origin))
        found += _below(name, list(spec.submodule_search_locations or []))
    loader = settings.get("SPIDER_LOADER_CLASS")
    told(modules=found, warn_only=settings.getbool("SPIDER_LOADER_WARN_ONLY"))
    if loader != _DEFAULT_LOADER:
        write("note", text="its settings have a SPIDER_LOADER_CLASS; SPIDER_MODULES were looked at all the same")


def _below(name, path):
    for finder, child, is_package in pkgutil.iter_modules(path, name + "."):
        stem = os.path.join(finder.path, child.rpartition(".")[2])
        if is_package:
            yield child, os.path.join(stem, "__init__.py")
            for each in _below(child, [stem]):
                yield each
        elif not child.endswith(".__main__"):
            yield child, stem + ".py"


def list_names(asked, told):
    """Run `scrapy list`, and tell how many names it has printed."""
    printed, sys.stdout = sys.stdout, io.StringIO()
    try:
        _scrapy(["list"])
    finally:
        text, sys.stdout = sys.stdout.getvalue(), printed
    sys.stdout.write(text)
    told(names=len(text.split()))


def crawl(asked, told):
    """Import a module and tell its spiders; crawl the one that is asked for, or that is alone."""
    found = _imported(asked, told)
    told(spiders=[cls.name for cls in found])
    chosen = [cls for cls in found if cls.name == asked["spider"]] if asked["spider"] else found
    if len(found) != 1 and not asked["spider"]:
        return
    cls = chosen[0]
    told(crawled=cls.name)
    import compat_nothing_sent

    compat_nothing_sent.telling.append(told)
    given = LANE["arguments"].get(cls.name, {})
    logging.getLogger().addHandler(LoggedErrors(told))
    options = ["-s", "SCHEDULER=compat_nothing_sent.NothingSent"]
    for name, value in sorted(given.items()):
        options += ["-a", "%s=%s" % (name, value)]
    told(needs=[name for name in _required(cls) if name not in given])
    if _is_silent(cls):
        told(silent="it sends no request: this release calls start(), and never its start_requests()")
    _scrapy(["crawl", cls.name] + options + _module_options(asked))


def contracts(asked, told):
    """Run `scrapy check` for a spider that has contracts."""
    found = _imported(asked, told)
    having = [cls for cls in found if _has_contracts(cls)]
    told(with_contracts=[cls.name for cls in having])
    if asked["spider"]:
        having = [cls for cls in having if cls.name == asked["spider"]]
    elif len(having) != 1:
        return
    told(checked=having[0].name, needs=_required(having[0]))
    logging.getLogger().addHandler(LoggedErrors(told))
    printed = sys.stderr = Tee(sys.stderr)
    options = [] if LANE["network"] else ["-s", "RETRY_ENABLED=False", "-s", "ROBOTSTXT_OBEY=False"]
    try:
        _scrapy(["check", having[0].name] + options + _module_options(asked))
    except ExitCodeError:
        found = re.search(r"^(?:FAIL|ERROR): (.*)\n-+\n((?:.*\n)*?)\n", printed.text(), re.M)
        if found is None:
            raise
        last = found.group(2).strip().split("\n")[-1]
        told(error=["%s: %s" % (found.group(1), last), "", found.group(0)], offline=refused)
    ran = re.search(r"Ran (\d+) contract", printed.text())
    told(contracts=int(ran.group(1)) if ran else 0)


class ExitCodeError(Exception):
    """A command of Scrapy's has ended with an exit code that is no success."""


def _scrapy(arguments):
    """Run a command as `scrapy` does; raises what it raises, and `ExitCodeError`."""
    from scrapy import cmdline

    for name, value in sorted(LANE["settings"].items()):
        # None cannot be given there; what is empty counts as not set.
        arguments += ["-s", "%s=%s" % (name, "" if value is None else value)]
    try:
        cmdline.execute(["scrapy"] + arguments)
    except SystemExit as error:
        if error.code:
            raise ExitCodeError("`scrapy %s` ended with exit code %s" % (arguments[0], error.code)) from None


def _module_options(asked):
    # What is wrong with the others is told of them.
    return ["-s", "SPIDER_MODULES=" + asked["module"]]


def _imported(asked, told):
    """The classes of spiders of a module, as Scrapy finds them."""
    told(importing=True, file=asked["file"])
    had = installed_reactor()
    from scrapy.utils.spider import iter_spider_classes

    try:
        module = importlib.import_module(asked["module"])
    except SystemExit as error:
        raise EndsProcessError("it ends its process when it is imported, with exit code %s" % error.code) from error
    if had is None and installed_reactor() is not None:
        kind = name_of(installed_reactor())
        write("note", text="importing %s installs %s, for every spider: Scrapy imports all" % (asked["module"], kind))
    told(importing=False)
    return list(iter_spider_classes(module))


def _required(cls):
    """The arguments without which an instance of a class cannot be made."""
    found = []
    for name, parameter in list(inspect.signature(cls.__init__).parameters.items())[1:]:
        named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        if named and parameter.default is parameter.empty and name != "name":
            found.append(name)
    return found


def _is_silent(cls):
    """Whether a spider starts by a method that this release of Scrapy no longer calls."""
    from scrapy import Spider

    if not hasattr(Spider, "start") or hasattr(Spider, "start_requests"):
        return False
    return hasattr(cls, "start_requests") and cls.start is Spider.start


def _has_contracts(cls):
    methods = [getattr(cls, name, None) for name in dir(cls)]
    documented = [getattr(each, "__doc__", None) or "" for each in methods if callable(each)]
    return any(re.search(r"^\s*@url\b", text, re.M) for text in documented)


_JOBS = {"modules": modules, "list": list_names, "crawl": crawl, "contracts": contracts}

if __name__ == "__main__":
    sys.path[:] = sys.path[1:] + LANE["paths"] + sys.path[:1]
    refuse_network()
    sys.exit(run(json.loads(sys.argv[1])))
