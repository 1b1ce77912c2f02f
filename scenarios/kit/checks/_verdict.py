"""What the run of a suite in a lane says, compared with the control: pure functions, tested without a suite."""

import re
import signal

from kit.mechanisms import mechanism_of

RAN = ("passed", "failed", "error", "xfailed", "xpassed")
BAD = ("failed", "error")
_SHOWN = 3
_REFUSALS = ("WrongReactorAlreadyInstalledError", "ReactorAlreadyInstalledError", "does not match the requested one")
SERVICES = ("Connection refused", "ConnectionRefusedError", "Executable doesn't exist", "Cannot connect to the Docker")
"""What is said where a service or a browser is not there."""


def judged(control, run, forced):
    """Outcome, mechanism and one line of detail of a run (a `SuiteRun`), as keys of an outcome.

    `control`: `tests` (outcome by id) and `flaky` (ids) of the control; None: there is none to compare with.
    `forced`: whether a lane was forced upon the suite, which has to be used then.
    """
    return _cut_short(run) or (
        _said("pass", None, _counted(run)) if control is None else _compared(control, run, forced)
    )


def _cut_short(run):
    """What is to be said of a run that did not come to its end; None of one that did."""
    bad = any(test["outcome"] in BAD for test in run.tests.values())
    if run.flooded:
        return _said("crash", "output-flood", "it printed more than a suite may; killed")
    if run.hung:
        where = run.current or ("no test had begun" if run.collected is None else "between two tests")
        return _said("hang", "suite-hangs", "nothing happened until its deadline: %s" % where)
    if run.exit in (0, 1, 5) or (run.exit == 2 and bad):
        return None
    if any(each in run.output for each in _REFUSALS):
        return _said("lane-refused", "another-reactor", "the suite insists on another reactor: %s" % _line(run.output))
    if run.exit is None and run.returncode < 0:
        return _said(
            "crash", "signal-%s" % signal.Signals(-run.returncode).name, "the suite's process died%s" % _at(run)
        )
    code = run.returncode if run.exit is None else run.exit
    return _said("fail", "suite-exit-%s" % code, "pytest ended with %s%s: %s" % (code, _at(run), _line(run.output)))


def _compared(control, run, forced):
    outcomes = dict((name, test["outcome"]) for name, test in run.tests.items())
    bad = sorted(name for name, outcome in outcomes.items() if outcome in BAD)
    flaky = set(control["flaky"])
    before = set(name for name, outcome in control["tests"].items() if outcome in BAD)
    fresh = [name for name in bad if name not in before and name not in flaky]
    if fresh:
        first = run.tests[fresh[0]]
        return _said("fail", mechanism(first), _told(fresh, "fail", first["message"]))
    ran = set(name for name, outcome in control["tests"].items() if outcome in RAN) - flaky
    lost = sorted(name for name in ran if outcomes.get(name) not in RAN)
    if lost:
        return _lost(lost, run)
    if not run.tests:
        return _said("not-exercised", "no-tests", "there is no test, in the control neither")
    anyway = [name for name in bad if name in before]
    if anyway and _want_services([run.tests[name] for name in anyway]):
        told = _told(anyway, "need a service", run.tests[anyway[0]]["message"])
        return _said("needs-service", "service-missing", told)
    if anyway:
        return _said("fails-anyway", mechanism(run.tests[anyway[0]]), _told(anyway, "fail as in the control", ""))
    if forced and not run.ran:
        return _said("not-exercised", "lane-not-used", "%s; no test ran the reactor or loop" % _counted(run))
    return _said("pass", None, _counted(run))


def _lost(lost, run):
    skipped = [name for name in lost if name in run.tests]
    if not skipped:
        return _said("lost-tests", "tests-not-collected", _told(lost, "did not run", "not collected"))
    told = _told(lost, "did not run", run.tests[skipped[0]]["message"])
    return _said("lost-tests", "tests-skip-themselves", told)


def mechanism(test):
    """A slug of what ended a test: the meaning of its message where that is known, else its exception."""
    message = test["message"]
    name = re.match(r"(?:[\w]+\.)*([A-Za-z_]\w*)(?::|$)", message)
    known = mechanism_of(Exception(message))
    if known != "raised-exception":
        return known
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name.group(1)) if name else "assertion"
    return ("raised-" + words.lower())[:80]


def _want_services(tests):
    return all(any(each in test["message"] + test["text"] for each in SERVICES) for test in tests)


def _said(outcome, mechanism, detail):
    return {"outcome": outcome, "mechanism": mechanism, "detail": " ".join(detail.split())[:1000]}


def _told(names, what, message):
    message = message.strip().split("\n")[0]
    shown = ", ".join(names[:_SHOWN]) + (" and %d more" % (len(names) - _SHOWN) if len(names) > _SHOWN else "")
    return "%d %s: %s%s" % (len(names), what, shown, ": " + message if message else "")


def _counted(run):
    return ", ".join("%d %s" % (run.counts[name], name) for name in sorted(run.counts)) or "no tests"


def _line(output):
    lines = [line.strip() for line in output.split("\n") if line.strip()]
    told = [line for line in lines if "Error" in line]
    return (told or lines or [""])[-1]


def _at(run):
    return " in %s" % run.current if run.current else ""
