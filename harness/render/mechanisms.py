"""What a mechanism means, in a sentence: for the page, the documentation and whoever else explains a slug."""

from __future__ import annotations

import re

MECHANISMS = {
    "task-got-bad-yield": "A Deferred was awaited where asyncio drives the coroutine, which takes only Futures.",
    "await-wasnt-used-with-future": "A Future was awaited where Twisted drives the coroutine, "
    "which takes only Deferreds.",
    "future-of-another-loop": "The Future that was awaited belongs to another event loop than the one that runs.",
    "helper-missing": "That release of Scrapy does not have the helper.",
    "needs-asyncio-reactor": "The helper refuses to work without the asyncio reactor, and says so.",
    "no-reactor-installed": "Something asked for the reactor in a process that has none installed.",
    "reactor-import-forbidden": "Something imported `twisted.internet.reactor` in a crawl without a reactor, "
    "which Scrapy forbids there.",
    "no-event-loop": "asyncio has no current loop there; Python 3.14 and later no longer make one on demand.",
    "wrong-value": "The await gave another value than the right one.",
    "no-value": "It ended without the awaited value.",
    "never-awaited": "Nobody awaited the coroutine: its body was never run.",
    "no-effect-seen": "Nothing was seen of the await: neither its value nor an exception. What the crawl logged is "
    "with the cell.",
    "silently-ignored": "Scrapy never called the method, and logged nothing of it.",
    "wrong-order": "What had to wait for the value came without it or before it.",
    "effect-missing": "The value came, but what had to follow from it did not.",
    "arrived-twice": "The value arrived more than once.",
    "processed-at-the-end": "What the async callback gave was handled only when the callback had ended.",
    "output-lost": "What the async callback had given was lost when it raised.",
    "installed-a-reactor": "A function that only asks installed a reactor.",
    "not-refused": "An exception that had to come did not: something forbidden went on as if it were allowed.",
    "installed-is-not-requested": "Another reactor or loop is installed than the one the settings ask for.",
    "reactor-is-installed": "A reactor is installed although the crawl is to run without one.",
    "loop-replaced": "asyncio's current event loop was exchanged for another one.",
    "needs-a-reactor": "That way to start a crawl refuses to work without a reactor.",
    "not-in-a-task": "asyncio wants to be called from within a task there.",
    "loop-not-running": "The event loop is there, but does not run under this reactor.",
    "end-not-noticed": "A child process ended and nobody was told.",
    "never-resumed": "A hang: the coroutine that awaits was not woken any more.",
    "never-called": "A hang: the callback was not even called.",
    "loop-blocked": "A hang: the event loop does not turn any more.",
    "killed": "A hang: not even the watching thread could run any more, so the process was killed from outside.",
    "damaged-outcomes": "A crash: its process wrote what no cell writes among its outcomes; none of them is believed.",
    "damaged-environment": "A crash: it changed a file of its environment, which was made anew.",
    "outcomes-flood": "A crash: its process wrote more outcomes than a batch can have, and was killed.",
    "memory-limit": "A crash: it held more memory than the matrix allows (`memory` in `matrix.toml`), and was killed.",
    "no-outcome": "A crash: the process ended without a word.",
    "loop-not-as-asked": "The process ran on another event loop than the settings ask for.",
    "reactor-not-as-asked": "The process ran on another reactor than the settings ask for.",
    "loop-refused-by-twisted": "Twisted refuses to run on that kind of event loop.",
    "tests-skip-themselves": "Tests that ran in the control skipped themselves.",
    "tests-not-collected": "Tests that ran in the control were not collected.",
    "service-missing": "A service or a browser that the tests need was not there, in the control too.",
    "no-tests": "There is no test.",
    "lane-not-used": "The tests passed, and none of them ran the reactor or a loop.",
    "another-reactor": "The suite insists on another reactor than the lane's.",
    "suite-needs-a-reactor": "The suite has no option `--reactor=none`: it cannot be run without a reactor.",
    "suite-hangs": "A hang: no test began or ended until the deadline.",
    "start-requests-never-called": "A spider starts by `start_requests`, which that release of Scrapy never calls.",
    "sends-nothing": "A spider that sends requests in the control starts, and sends none.",
    "no-spiders": "There is nothing to be started: no spider, or none with contracts.",
    "spider-hangs": "A spider did not end within its time, and was killed; the others went on.",
    "spiders-hang": "A hang: no spider began or ended until the deadline.",
    "needs-environment-variable": "The settings or a spider of the project want an environment variable.",
    "output-flood": "A crash: the suite printed more than it may, and was killed.",
    "imports-the-reactor": "Importing the target installs another reactor than the lane asks for.",
    "import-hangs": "A hang: importing the target did not end.",
    "import-exits": "Importing the target ended the process.",
    "missing-argument": "A function was called without an argument that this release of it needs.",
    "coroutine-awaited-twice": "A coroutine was awaited that had been awaited already.",
}
"""By slug; a backquoted part is code."""

_FAMILIES = (
    (r"signal-(.+)", "The process was killed by signal {}."),
    (r"exit-(STATUS_.+)", "Windows ended the process: {}."),
    (r"suite-exit-(.+)", "pytest ended with exit code {}."),
    (r"exit-(.+)", "The process ended with exit code {}."),
    (r"cannot-import-(.+)", "`{}` cannot be imported: the packages installed do not fit each other."),
    (r"no-module-(.+)", "The module `{}` is not there."),
    (r"import-failed-(.+)", "The import of `{}` failed, which is not part of Scrapy nor of what Scrapy requires."),
    (r"no-attribute-(.+)", "The attribute `{}` is not there: the packages installed do not fit each other."),
    (
        r"unexpected-argument-(.+)",
        "A function was called with an argument `{}` that it does not have.",
    ),
)


def explained(mechanism: str) -> str:
    """Return what a mechanism means, in a sentence; of one that is not known, what its slug says."""
    known = MECHANISMS.get(mechanism)
    if known is not None:
        return known
    for pattern, sentence in _FAMILIES:
        found = re.fullmatch(pattern, mechanism)
        if found is not None:
            return sentence.format(found[1])
    raised = re.fullmatch(r"raised-([a-z0-9-]+)", mechanism)
    if raised is not None:
        return f"It ended with an exception of the class `{raised[1].title().replace('-', '')}`."
    return f"It was told as “{mechanism}”, of which nothing more is known."
