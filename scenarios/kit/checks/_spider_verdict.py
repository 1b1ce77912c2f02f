"""What the crawls of a project's spiders say, compared with the control: pure functions, tested without a project."""

import re
import signal

from _verdict import BAD, SERVICES, mechanism

_SHOWN = 3
_SETTINGS = "settings"
_NO_HOST = "no network in a cell"


def slug_of(test):
    """A slug of what ended a spider: that of its exception, or how its process ended."""
    if test["message"].startswith("it hangs"):
        return "spider-hangs"
    code = re.search(r"with exit code (\S+)$", test["message"])
    return "exit-%s" % code.group(1) if code else mechanism(test)


def judged_spiders(control, run):
    """Outcome, mechanism and one line of detail of a run (a `SuiteRun`), as keys of an outcome.

    `control`: its rows by id under `tests`; None: there is none to compare with, and what cannot be started at all is
    a failure.
    """
    return _cut_short(run) or (_alone(run) if control is None else _compared(control["tests"], run))


def _cut_short(run):
    if run.flooded:
        return _said("crash", "output-flood", "its spiders printed more than they may; killed")
    if run.hung:
        return _said(
            "hang", "spiders-hang", "nothing happened until its deadline, at %s" % (run.current or "its start")
        )
    if run.exit is not None:
        return None
    at = " at %s" % run.current if run.current else ""
    if run.returncode < 0:
        return _said("crash", "signal-%s" % signal.Signals(-run.returncode).name, "its process died%s" % at)
    lines = [line.strip() for line in run.output.split("\n") if line.strip()]
    return _said("crash", "exit-%s" % run.returncode, "its process ended%s: %s" % (at, (lines or [""])[-1]))


def _alone(run):
    bad = _of(run, BAD)
    if bad and not _of(run, ("passed", "skipped")):
        return _said("fail", slug_of(run.tests[bad[0]]), _listed(bad, run, "no spider starts"))
    return _nothing(run) or _said("pass", None, _counted(run))


def _nothing(run):
    return None if run.tests else _said("not-exercised", "no-spiders", "there is nothing to be started")


def _compared(known, run):
    bad = _of(run, BAD)
    fresh = [name for name in bad if known.get(name) not in BAD]
    if fresh:
        return _said("fail", slug_of(run.tests[fresh[0]]), _listed(fresh, run, "%d not as in the control" % len(fresh)))
    fewer = [name for name in _of(run, ("skipped",)) if known.get(name) == "passed"]
    if fewer:
        slug = "start-requests-never-called" if "start_requests" in run.tests[fewer[0]]["message"] else "sends-nothing"
        return _said("fail", slug, _listed(fewer, run, "%d without a request" % len(fewer)))
    if bad:
        wanted = all(any(each in _text(run, name) for each in SERVICES + (_NO_HOST,)) for name in bad)
        if wanted:
            return _said("needs-service", "service-missing", _listed(bad, run, "%d need a service" % len(bad)))
        return _said("fails-anyway", slug_of(run.tests[bad[0]]), _listed(bad, run, "%d as in the control" % len(bad)))
    return _nothing(run) or _said("pass", None, _counted(run))


def _of(run, outcomes):
    return sorted(name for name, test in run.tests.items() if test["outcome"] in outcomes)


def _text(run, name):
    return run.tests[name]["message"] + run.tests[name]["text"]


def _listed(names, run, what):
    shown = ", ".join(names[:_SHOWN]) + (" and %d more" % (len(names) - _SHOWN) if len(names) > _SHOWN else "")
    return "%s: %s: %s" % (what, shown, run.tests[names[0]]["message"])


def _counted(run):
    return ", ".join("%d %s" % (run.counts[name], name) for name in sorted(run.counts))


def _said(outcome, slug, detail):
    return {"outcome": outcome, "mechanism": slug, "detail": " ".join(detail.split())[:1000]}
