"""Entry of a cell process: `python scenarios/kit REQUEST.json`.

The request names the batches to run and the file to which outcomes are appended, a line each; see
`kit/protocol.py`. Exit codes: 0 every batch was dealt with; 3 this Python is too old; 4 Scrapy does
not import (said in the outcomes, too); anything else is a crash and is told apart by the harness.
"""

import os
import sys

if sys.version_info < (3, 6):
    sys.stderr.write("The in-cell kit needs Python 3.6 or later, this is %s\n" % sys.version.split()[0])
    sys.exit(3)

# Started as a folder, Python puts the folder itself on the path; what is wanted is the one that holds it.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from kit.mechanisms import SCENARIOS  # noqa: E402  (the path had to be mended first)
from kit.protocol import open_outcomes, read_request  # noqa: E402


def main():
    request = read_request(sys.argv[1])
    SCENARIOS.extend(request["scenarios"])
    report = open_outcomes(request["outcomes"])
    if request["start"] == "bare":
        from kit.forking import run_forked

        run_forked(request, report)
        return 0
    from kit.facts import attest_environment

    if not attest_environment(report):
        return 4
    if request["start"] == "preloaded":
        from kit.forking import run_forked

        run_forked(request, report)
    else:
        from kit.batch import run_batch

        for batch in request["batches"]:
            run_batch(request, batch, report.of(batch["batch"]))
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Results are on disk. Leaving the ordinary way would wait for whatever thread a scenario left behind.
    os._exit(code)
