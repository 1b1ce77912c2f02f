"""What a check tells the harness of a suite beside its outcome; the messages `tests` and `suite`."""

import sys

from _suite import failures
from kit.mechanisms import neutral

_ROWS = 100
"""Rows of one line, so that none gets too long."""
_NAMES = 500
_MESSAGES = 300


def sign_of_life(cell):
    """A function to be called often while a suite runs; loudly, where the harness has to hear it."""

    def alive(loud):
        cell.entered()
        if loud:
            cell._report.write({"type": "tests", "rows": []})

    cell.entered()
    return alive


def report_suite(cell, run, flaky=()):
    """Report the tests of a `SuiteRun` and what else it has shown; print the end of its output."""
    rows = [
        [_plain(name)[:_NAMES], "flaky" if name in flaky else test["outcome"], round(test["seconds"], 4),
         _plain(test["message"]).strip().split("\n")[0][:_MESSAGES], _plain(test["place"])[:_MESSAGES]]
        for name, test in sorted(run.tests.items())
    ]  # fmt: skip
    for start in range(0, len(rows), _ROWS):
        cell._report.write({"type": "tests", "rows": rows[start : start + _ROWS]})
    cell._report.write(
        {
            "type": "suite",
            "counts": run.counts,
            "seconds": round(run.seconds, 3),
            "longest": round(run.longest, 3),
            "reactor_choices": [_plain(str(each))[:_MESSAGES] for each in run.reactor_choices],
            "notes": [_plain(each)[:_NAMES] for each in run.notes[:20]],
            "deprecated": [[_plain(place)[:_MESSAGES], _plain(text)[:_NAMES]] for place, text in run.deprecated[:100]],
            "network": [_plain(each)[:_MESSAGES] for each in run.refused_network[:20]],
        }
    )
    sys.stdout.write(run.output)
    sys.stdout.flush()


def finish(cell, told, run):
    """Write the outcome of a cell as `judged` has told it, with what lies behind it."""
    cell.finish(
        told["outcome"],
        mechanism=told["mechanism"],
        detail=neutral(told["detail"]),
        exception=neutral(failures(run)) or None,
        stacks=run.stacks or None,
    )


def _plain(text):
    return neutral(str(text)).encode("utf-8", "backslashreplace").decode("utf-8")
