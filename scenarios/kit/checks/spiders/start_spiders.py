"""A program that starts every spider of a project and writes what came of each: a row a spider, as a suite has tests.

Every module of spiders is imported, and every spider is crawled, in a process of its own: what ends one, or never
returns, keeps none of the others from being tried. This process imports nothing of the project. The crawls are those
of `scrapy crawl`, but that their requests are kept back; see `compat_nothing_sent.py`. It needs Python 3.6.
"""

import ast
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import compat_spider_jobs
from scrapy_compat_process import LANE, refuse_network, write

LISTED = "scrapy list"
"""The row of what `scrapy list` does, and each `scrapy crawl` before anything else: import all spiders."""
SETTINGS = "settings"
"""The row of settings that cannot be loaded; where they can, there is none."""
_LOOK = 0.01
_FORKS = sys.platform.startswith("linux")


def main():
    if _FORKS:
        # Before anything is imported that takes functions of `socket` by name.
        refuse_network()
        compat_spider_jobs.preload()
    # As Scrapy does it; and nothing beside this file is to be found by the project.
    sys.path[:] = sys.path[1:] + LANE["paths"]
    found = Job({"kind": "modules"}, SETTINGS).run()
    if found.error or not found.ended:
        row(SETTINGS, found)
    elif LANE["ask"] == "contracts":
        contracts(found.told)
    else:
        spiders(found.told)
    write("finish", exit=0)


class Job:
    """Something that is done in a process of its own, and what that has told."""

    def __init__(self, asked, name):
        self.asked = asked
        self.name = name
        self.told = {}
        self.seconds = 0.0
        self.hung = False
        self.code = None

    @property
    def ended(self):
        """Whether it came to its end."""
        return bool(self.told.get("ended"))

    @property
    def error(self):
        """Message, place and text of what went wrong first; None where nothing did."""
        if self.told.get("error"):
            return self.told["error"]
        if self.hung:
            return ["it hangs: it did not end within %d seconds" % self.limit, "", ""]
        if not self.ended:
            return ["it ends its process%s, with exit code %s" % (self.during, self.code), "", ""]
        return None

    @property
    def during(self):
        return " when it is imported" if self.told.get("importing") else ""

    @property
    def limit(self):
        # What hung or died in the control is not waited for as long again.
        return LANE["limit"] / 4.0 if self.name in LANE["impatient"] else LANE["limit"]

    def run(self):
        """Run it to its end, or to the end of its time; returns itself."""
        write("begin", id=self.name)
        sys.stdout.write("--- %s\n" % self.name)
        sys.stdout.flush()
        handle, path = tempfile.mkstemp(suffix=".told")
        os.close(handle)
        started = time.monotonic()
        process = _start(dict(self.asked, told=path))
        try:
            self._wait(process, started)
        finally:
            self.seconds = time.monotonic() - started
            with open(path, encoding="utf-8") as lines:
                for line in lines:
                    if line.endswith("\n"):
                        self.told.update(json.loads(line))
            os.unlink(path)
        return self

    def _wait(self, process, started):
        while self.code is None:
            self.code = process.poll()
            if self.code is None and time.monotonic() - started > self.limit:
                self.hung = True
                process.kill()
                process.wait()
                return
            time.sleep(_LOOK)


def _start(asked):
    if _FORKS:
        return _Forked(asked)
    me = os.path.abspath(compat_spider_jobs.__file__)
    return subprocess.Popen([sys.executable, me, json.dumps(asked)], stdin=subprocess.DEVNULL)


class _Forked:
    """A forked child, with what is used of `Popen`."""

    def __init__(self, asked):
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if self._pid == 0:
            code = 70
            try:
                code = compat_spider_jobs.run(asked)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)

    def poll(self):
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        return None if pid == 0 else _code(status)

    def kill(self):
        os.kill(self._pid, signal.SIGKILL)

    def wait(self):
        return _code(os.waitpid(self._pid, 0)[1])


def _code(status):
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def row(name, job, outcome=None, message=""):
    """Write the row of one spider."""
    place = text = ""
    if outcome is None:
        outcome = "error" if job.hung or not job.ended else "failed"
        message, place, text = job.error
    seconds = round(job.seconds, 3)
    write("test", id=name, outcome=outcome, seconds=seconds, message=message, place=place, text=text)


def spiders(found):
    """Write a row for each spider, and one for what `scrapy list` does."""
    broken, names, rows = [], {}, []
    for job in _module_jobs(found):
        job.run()
        if "spiders" not in job.told:
            broken.append(job)
            rows += [(name, job) for name in _written_names(job.told.get("file")) or [job.name]]
            continue
        for name in job.told["spiders"]:
            names.setdefault(name, []).append(job.name)
            alone = job if job.told.get("crawled") else Job(dict(job.asked, spider=name), name).run()
            rows.append((name, alone))
    twice = [name for name, modules in names.items() if len(modules) > 1]
    for name, job in rows:
        label = "%s (%s)" % (name, job.asked["module"]) if name in twice else name
        _spider_row(label, job)
    for name in twice:
        write("note", text="two spiders have the name %s: in %s" % (name, ", ".join(names[name])))
    _listed(found, broken)


def _module_jobs(found):
    for module, path in found["modules"]:
        yield Job({"kind": "crawl", "module": module, "file": path, "spider": None}, module)


def _spider_row(name, job):
    if job.told.get("needs") and job.error:
        row(name, job, "skipped", "needs the argument %s" % ", ".join(job.told["needs"]))
    elif job.error:
        row(name, job)
    elif not job.told.get("requests") and not job.told.get("items"):
        row(name, job, "skipped", job.told.get("silent") or "it starts, and sends no request")
    else:
        row(name, job, "passed", "%d start requests" % job.told.get("requests", 0))


def _listed(found, broken):
    """Write the row of `scrapy list`, which is run where every module can be imported."""
    if broken and not found["warn_only"]:
        first = broken[0]
        why = "%s cannot be imported, and Scrapy imports all spiders before it starts one: %s"
        row(LISTED, first, "failed", why % (", ".join(each.name for each in broken), first.error[0]))
        return
    job = Job({"kind": "list"}, LISTED).run()
    if job.error:
        row(LISTED, job)
    else:
        row(LISTED, job, "passed", "%d names" % job.told["names"])


def contracts(found):
    """Write a row for each spider that has contracts."""
    for job in _module_jobs(found):
        job.asked["kind"] = "contracts"
        job.run()
        for name in job.told.get("with_contracts", []):
            alone = job if job.told.get("checked") else Job(dict(job.asked, spider=name), name).run()
            _contracts_row(name + ": contracts", alone)


def _contracts_row(label, job):
    # Older releases say nothing of a spider that cannot be made, and run no contract.
    ran = job.told.get("contracts")
    if job.told.get("needs") and (job.error or not ran):
        row(label, job, "skipped", "needs the argument %s" % ", ".join(job.told["needs"]))
    elif job.error and job.told.get("offline"):
        hosts = ", ".join(job.told["offline"])
        row(label, job, "skipped", "its contracts ask for %s, which is refused; --network lets them" % hosts)
    elif job.error:
        row(label, job)
    elif not ran:
        row(label, job, "skipped", "`scrapy check` ran none of its contracts")
    else:
        row(label, job, "passed", "%d contracts" % ran)


def _written_names(path):
    """The names of spiders that are written in a file, which is not run."""
    try:
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, TypeError):
        return []
    found = []
    for node in ast.walk(tree):
        for line in node.body if isinstance(node, ast.ClassDef) else []:
            if isinstance(line, ast.Assign) and [getattr(each, "id", "") for each in line.targets] == ["name"]:
                try:
                    value = ast.literal_eval(line.value)
                except ValueError:
                    continue
                if isinstance(value, str):
                    found.append(value)
    return found


if __name__ == "__main__":
    main()
