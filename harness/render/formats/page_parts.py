"""Parts that pages for a pull request and for a step of a workflow have in common: the unexpected first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from harness.analysis.run_diff import CellState, Change, ChangedRange, Diff, PackageChange
from harness.infra.text import code, number, plural, prose
from harness.judge.claim_results import ClaimVerdict
from harness.judge.mismatches import Mismatch
from harness.judge.verdict import Verdict
from harness.model.outcome import INCOMPLETE, Outcome
from harness.render.adaptation_text import unasked_lines
from harness.render.block_phrases import BlockText
from harness.render.cell_phrases import CellPhrases
from harness.render.judged_view import FoldedRange, JudgedView
from harness.render.markdown.bounded_page import BoundedPage
from harness.render.not_run_reasons import reasons, written_places

_ID = 200
_BESIDE = 3


class Sections:
    """Adds parts to a page, each cut at `rows` rows."""

    def __init__(self, page: BoundedPage, judged: JudgedView, *, rows: int) -> None:
        self._page = page
        self._judged = judged
        self._rows = rows

    def headline(self) -> None:
        """Whether something is unexpected, and whether all is known."""
        view, unexpected = self._judged.view, self._judged.tally.verdicts[Verdict.UNEXPECTED]
        all_cells = f"{plural(view.count, 'cell')} of the plan {code(view.run.plan)}"
        told = f"✗ {plural(unexpected, 'unexpected cell')}" if unexpected else "✓ nothing unexpected"
        self._page.line(f"**{told}** among {all_cells}, {number(view.measured)} of them measured.")
        contradicted = view.outcomes[Outcome.CONFLICT]
        missing = sum(view.outcomes[each] for each in INCOMPLETE) - contradicted
        parts = [f"of {plural(missing, 'cell')} that the plan asks for nothing is known"] if missing else []
        parts += [f"machines contradict each other about {plural(contradicted, 'cell')}"] if contradicted else []
        if view.plan.adaptation is not None:
            parts += unasked_lines(view.plan.adaptation)
        if parts:
            self._page.line()
            self._page.line(f"**Incomplete:** {', and '.join(parts)}.")

    def totals(self) -> None:
        """Numbers of cells by outcome and verdict."""
        tally = self._judged.tally
        rows = [
            [str(outcome), *(number(tally.counts.get((outcome, verdict), 0)) for verdict in Verdict),
             number(tally.outcomes[outcome])]
            for outcome in Outcome if tally.outcomes[outcome]
        ]  # fmt: skip
        rows.append(["**all**", *(number(tally.verdicts[verdict]) for verdict in Verdict), number(tally.cells)])
        self._page.heading("Cells by outcome and verdict", 3)
        self._page.table(["outcome", *map(str, Verdict), "all"], rows, len(rows), limit=len(rows), share=1, more="")

    def unexpected(self, *, ranges: int) -> None:
        """What was seen, what speaks against it, and where: some `ranges` of each kind; nothing where nothing is."""
        found = self._judged.folded
        if not found:
            return
        self._page.heading("Unexpected", 3)
        rows = [row for each, where in found[: self._rows] for row in _unexpected_rows(each, where, ranges)]
        more = "`scrapy-compat cells --verdict unexpected`"
        self._page.table(["cells", "gave", "what speaks against it", "where", "for example"], rows, len(rows),
                         limit=len(rows), share=0.8, more=more)  # fmt: skip
        left_out = sum(len(each.cells) for each, _ in found[self._rows :])
        if left_out:
            self._page.line(f"*… {plural(left_out, 'more cell')} left out here: {more}*")

    def unknown(self) -> None:
        """What the plan asks for and nothing is known of, and why."""
        view = self._judged.view
        found = [each for each in reasons(view) if each.outcome.incomplete]
        if not found:
            return
        where = CellPhrases(view)
        self._page.heading("Not known", 3)
        rows = (
            [str(each.outcome), number(each.cells), "<br>".join(islice(written_places(view, where, each.places), 3)),
             prose(each.text, 300)]
            for each in found
        )  # fmt: skip
        self._page.table(["outcome", "cells", "where", "why"], rows, len(found), limit=self._rows, share=0.5,
                         more="`matrix.md` has all")  # fmt: skip

    def claims(self) -> None:
        """How many claims are what, the refuted ones by name."""
        counts = self._judged.judgement.claim_counts
        refuted = [each.claim.id for each in self._judged.judgement.claims if each.verdict is ClaimVerdict.REFUTED]
        told = ", ".join(f"{counts[each]} {each}" for each in ClaimVerdict)
        names = f" ({', '.join(map(code, refuted))})" if refuted else ""
        self._page.line(f"Claims of the documentation: {told.replace(' refuted', f' refuted{names}')}.")

    def changes(self, diff: Diff, before: str) -> None:
        """What differs from an earlier run, and the packages that differ."""
        self._page.heading(f"Changes since run {code(before)}", 3)
        told = [f"{number(count)} {change.value}" for change, count in diff.counts.items()]
        self._page.line(f"{', '.join(told) or 'None'}; {plural(diff.equal, 'cell')} equal.")
        self._page.line()
        if diff.ranges:
            words = BlockText(diff.grid, diff.axes)
            rows = (_change_row(each, words) for each in diff.ranges)
            self._page.table(["cells", "change", "from → to", "where", "packages that differ there"], rows,
                             len(diff.ranges), limit=self._rows, share=0.6,
                             more="`scrapy-compat diff previous latest --all`")  # fmt: skip
        elif diff.packages:
            names = list(dict.fromkeys(_package(each.package) for each in diff.packages))
            shown = ", ".join(map(code, names[: self._rows]))
            self._page.line(f"Packages that differ: {shown}{' …' if len(names) > self._rows else ''}")


def _unexpected_rows(found: Mismatch, ranges: Sequence[FoldedRange], limit: int) -> Iterator[list[str]]:
    """A row for each of the first ranges, and one for all the rest."""
    told = [prose(found.gave), prose(found.against, 300)]
    shown = ranges[: limit if len(ranges) > limit + 1 else None]
    for each in shown:
        yield [number(each.cells), *told, prose(each.where, 300), code(each.example.id, _ID)]
    rest = len(found.cells) - sum(each.cells for each in shown)
    if rest:
        example = found.cells[0].at.key if not shown else ranges[len(shown)].example
        yield [number(rest), *told, "elsewhere" if shown else "", code(example.id, _ID)]


def _change_row(found: ChangedRange, words: BlockText) -> list[str]:
    states = "" if found.before is None or found.after is None else f"{_state(found.before)} → {_state(found.after)}"
    name = f"**{found.change.value}**" if found.change is Change.REGRESSED else found.change.value
    beside = [code(_package(each)) for each in found.packages[:_BESIDE]]
    more = [f"{len(found.packages) - _BESIDE} more"] if len(found.packages) > _BESIDE else []
    return [number(found.cells), name, states, prose(words.write(found.block), 300), ", ".join(beside + more)]


def _state(state: CellState) -> str:
    mechanism = f": {code(state.mechanism)}" if state.mechanism else ""
    facts = [code(name.rpartition(".")[2]) for name in (state.reactor, state.loop) if name]
    return f"{state.outcome}{mechanism}{' on ' if facts else ''}{', '.join(facts)}"


def _package(change: PackageChange) -> str:
    return f"{change.package} {change.before or 'absent'} → {change.after or 'absent'}"
