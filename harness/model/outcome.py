"""What can become of a cell, and how its crawl can end.

Everything that depends on which outcome it is stands here, a member each: other modules, the page and the schemas ask.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NoReturn


class Status(str, Enum):
    """A status that refuses to be used as a truth value: absence is not success."""

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__}.{self.name} is not a truth value; compare it")

    def __str__(self) -> str:
        return self.value

    if TYPE_CHECKING:

        @property
        def value(self) -> str: ...


_CRITERIA = (
    "started", "ran", "tried", "measured", "has_facts", "cut_short", "doubted", "unusable", "incomplete", "silent",
    "by_cell", "by_machine", "by_merge", "of_environment", "works",
)  # fmt: skip
_TONES = ("yes", "most", "doubted", "absent", "few", "no", "hang")
"""From good to bad."""
_TRIED = "started tried by_machine"
_MEASURED = f"{_TRIED} ran measured"
_NO_ENVIRONMENT = "of_environment by_machine"
_UNKNOWN = "incomplete silent"

HELPER_MISSING = "helper-missing"
"""Mechanism of a cell whose helper its release of Scrapy does not have, wherever it runs."""


class Outcome(Status):
    """What happened to a cell, or why nothing could, or why what happened cannot be believed.

    A member is its value, its symbol, its colours at a terminal (a style of rich; empty: none) and on the page (a state
    of the compatibility table, or `hang`), the criteria below that it meets, and a sentence for people.
    """

    # fmt: off
    PASS = ("pass", "✓", "green", "yes", f"{_MEASURED} has_facts by_cell works",
            "The awaited value was right, and its effect was seen where it should be.")
    FAIL = ("fail", "✗", "red", "no", f"{_MEASURED} has_facts by_cell",
            "The await, or what had to follow it, went wrong; the mechanism says how.")
    HANG = ("hang", "∞", "magenta", "hang", f"{_MEASURED} cut_short by_cell",
            "It made no progress until its deadline; stacks and what it waited for are kept as proof.")
    CRASH = ("crash", "†", "bold red", "hang", f"{_MEASURED} cut_short by_cell",
             "Its process died: killed by a signal, or ended with a code that is no success.")
    LOST_TESTS = ("lost-tests", "⊖", "yellow", "no", f"{_MEASURED} has_facts by_cell",
                  "What ran passes, but tests that ran in the control did not run: they skip themselves, or are gone.")
    FAILS_ANYWAY = ("fails-anyway", "≈", "yellow", "most", f"{_MEASURED} has_facts by_cell works",
                    "Tests fail, and they fail in the control too: this says nothing against the lane.")
    NOT_EXERCISED = ("not-exercised", "○", "bright_black", "doubted", f"{_MEASURED} has_facts by_cell works",
                     "The suite passes, but none of its tests used the reactor or the loop: no evidence for the lane.")
    LANE_REFUSED = ("lane-refused", "⊠", "bright_black", "absent", "started ran by_cell by_machine",
                    "The suite insists on another reactor than its lane asks for, and did not run.")
    NEEDS_SERVICE = ("needs-service", "⌁", "bright_black", "absent", "started ran by_cell by_machine",
                     "The suite needs a service or a browser that is not there, in the control too.")
    UNSUPPORTED = ("unsupported", "∅", "bright_black", "absent", "by_cell by_machine",
                   "That release, or that platform, does not have what is asked: a helper, a lane, a hook.")
    BROKEN = ("broken", "⊘", "yellow", "few", f"unusable {_NO_ENVIRONMENT}",
              "The packages install, but Scrapy does not import or no crawl starts.")
    UNINSTALLABLE = ("uninstallable", "⊗", "bright_black", "few", f"unusable {_NO_ENVIRONMENT}",
                     ("There is no set of packages that can be installed: for the environment, or for what the cell "
                     "needs beside it."))
    MISSING_INTERPRETER = ("missing-interpreter", "?", "bright_black", "absent", f"{_UNKNOWN} {_NO_ENVIRONMENT}",
                           "The Python that the plan asks for is not on this machine.")
    EXCLUDED = ("excluded", "–", "", "absent", "silent",  # noqa: RUF001 (a dash)
                "The matrix leaves it out, and says why.")
    DECLARED_OUT = ("declared-out", "◇", "bright_black", "absent", "silent",
                    "It lies outside of what the target declares, and cannot be installed there.")
    NOT_RUN = ("not-run", "·", "bright_black", "absent", f"{_UNKNOWN} {_NO_ENVIRONMENT}",
               ("It could be run and was not: the run was interrupted or out of time, or the package index was not "
               "reached."))
    MISCONFIGURED = ("misconfigured", "≠", "yellow", "doubted", "started ran has_facts doubted by_machine",
                     ("The process ran on another reactor or loop than its lane asks for: the result says nothing of "
                     "that lane."))
    FLAKY = ("flaky", "~", "yellow", "most", f"{_TRIED} doubted",
             "Run again alone, it did not always give the same; every attempt is kept.")
    MISSING = ("missing", "?", "", "absent", f"{_UNKNOWN} doubted by_merge",
               "A part of the run that should have delivered it did not.")
    CONFLICT = ("conflict", "!", "", "most", f"started {_UNKNOWN} doubted by_merge",
                "Two parts of a run contradict each other about it.")
    # fmt: on

    symbol: str
    colour: str
    tone: str
    sentence: str
    started: bool
    """Something ran in the cell, whether what it gave can be believed or not."""
    ran: bool
    """Its process ran it, and gave one answer."""
    tried: bool
    """The await was tried on what the lane asks for, whether the answer was always the same or not."""
    measured: bool
    """The await was really tried, and its answer is believed."""
    has_facts: bool
    """The process has reported on which reactor and loop it ran."""
    cut_short: bool
    """The cell did not come to its end."""
    doubted: bool
    """It needs a look: it ran on something else than was asked for, or cannot be believed."""
    unusable: bool
    """The interpreter is there, and no cell of the environment could start."""
    incomplete: bool
    """The plan asked for something that this run does not know."""
    silent: bool
    """Nothing is known of the cell."""
    by_cell: bool
    """The cell's own process may say it."""
    by_machine: bool
    """The artifact of a machine may say it."""
    by_merge: bool
    """Only a merge says it."""
    of_environment: bool
    """It may be said of a whole environment, or of packages added to it."""
    works: bool
    """It says nothing against the Scrapy, the Python and the packages that the cell ran with."""

    def __new__(cls, value: str, *meaning: Any) -> Outcome:  # noqa: PYI034 (Python 3.10 has no `Self`)
        """Make the member of that value; for a type checker it is what looks one up, too, hence the looser types."""
        made = str.__new__(cls, value)
        made._value_ = value
        made.symbol, made.colour, made.tone, criteria, made.sentence = meaning
        for name in _CRITERIA:
            setattr(made, name, name in criteria.split())
        return made

    @property
    def asked(self) -> bool:
        """Whether the cell was to say something: neither left out nor without what is asked."""
        return self.started or self.incomplete or self.unusable

    @property
    def severity(self) -> int:
        """Return a number that is greater for what is worse."""
        return _TONES.index(self.tone)

    @property
    def judged(self) -> bool:
        """Whether it says anything of the await itself: neither silent nor of an environment that cannot be used."""
        return not (self.silent or self.unusable)


MEASURED = frozenset(each for each in Outcome if each.measured)
"""Outcomes of a cell whose await was really tried, for those who count or name them."""
INCOMPLETE = frozenset(each for each in Outcome if each.incomplete)
"""Outcomes that mean the plan asked for something this run does not know, for those who count or name them."""


class Close(Status):
    """How the crawl that held the cell ended, beside the await."""

    CLEAN = "clean"
    """Nothing was left behind."""
    UNCLEAN = "unclean"
    """An error that nobody handled, a pending task or a lost item was left behind."""
    HUNG = "hung"
    """The crawl did not end."""
