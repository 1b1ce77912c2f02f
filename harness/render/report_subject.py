"""What a report is of, as every format is given it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.analysis.run_diff import Diff
from harness.judge.claim_results import Judgement
from harness.judge.verdict import Judge
from harness.render.judged_view import JudgedView
from harness.render.listed_run import ListedRun
from harness.render.view import ReportView


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is rendered."""

    view: ReportView
    judgement: Judgement | None = None
    """Of the view's cells; without it nothing is said of claims and verdicts."""
    judge: Judge | None = None
    """Who judged them."""
    past: Callable[[], Sequence[ListedRun]] = tuple
    """The runs of the same plan on the same machine, oldest first."""
    previous: Callable[[], tuple[Diff, str] | None] = lambda: None
    """What changed since the run before, and its id; worked out only where it is asked for."""

    @cached_property
    def judged(self) -> JudgedView:
        """The view with its verdicts, for formats that are nothing without."""
        assert self.judgement is not None and self.judge is not None
        return JudgedView(self.view, self.judgement, self.judge)
