"""The difference of two runs as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.analysis.attribution import AttributionKind, CellState
from harness.analysis.package_changes import PackageChange
from harness.analysis.run_diff import Change, ChangedRange, Diff
from harness.experiments.change_exchange import ExchangedChange, ExchangeVerdict
from harness.infra.text import join, one_line, plural
from harness.render.block_phrases import BlockText
from harness.render.cause_phrases import cause_words, tally_words

_SHOWN = 20
"""Ranges of one change, and packages, that are told unless all are asked for."""
_BESIDE = 4
_ENVIRONMENT = ("platform", "scrapy", "python", "profile")


def changes_lines(diff: Diff, *, everything: bool) -> Iterator[str]:
    """Yield the changes by class, each range with what it is attributed to, then the packages that differ."""
    told = [f"{count:,} {change.value}" for change, count in diff.counts.items()]
    yield f"{', '.join(told) or 'nothing differs'}; {plural(diff.equal, 'cell')} equal"
    yield from tally_words(diff)
    words = BlockText(diff.grid, diff.axes)
    for change in Change:
        ranges = [found for found in diff.ranges if found.change == change]
        if not ranges:
            continue
        yield f"\n{change.value}: {plural(diff.counts[change], 'cell')}"
        shown = ranges if everything else ranges[:_SHOWN]
        for found in shown:
            yield from _range(found, words, everything=everything)
        if len(shown) < len(ranges):
            rest = sum(found.cells for found in ranges[len(shown) :])
            yield f"  and {plural(rest, 'cell')} in {len(ranges) - len(shown):,} more ranges: --all"
    yield from _packages(diff, everything=everything)


def _range(found: ChangedRange, words: BlockText, *, everything: bool) -> Iterator[str]:
    how = "" if found.before is None or found.after is None else f"{_state(found.before)} → {_state(found.after)}: "
    yield f"  {found.cells:7,}  {how}{words.write(found.block)}"
    if found.cause is not None:
        yield f"           {cause_words(found.cause, everything=everything)}"
    if found.pair is not None:
        yield f"             {found.pair.before_run}  {found.pair.before.key.id}"
        yield f"             {found.pair.after_run}  {found.pair.after.key.id}"
    if found.packages and (found.cause is None or found.cause.kind is AttributionKind.SHOWN):
        beside = ", ".join(map(_package, found.packages[:_BESIDE]))
        more = len(found.packages) - _BESIDE
        yield f"           beside: {beside}{f' and {more} more packages' if more > 0 else ''}"


def exchange_lines(measured: Sequence[ExchangedChange]) -> Iterator[str]:
    """Yield what the exchange of packages gave, with every trial."""
    if not measured:
        yield "\nno packages to exchange: no change is left that they may have done"
        return
    yield "\nmeasured today, with packages of A in the environment of B"
    for found in measured:
        yield f"  {found.cell.key.id}"
        yield f"    {_VERDICTS[found.verdict]}{join(map(_package, found.needed))}{one_line(found.detail or '')}"
        for trial in found.tried:
            moved = f", which moves {_names(trial.moved)}" if trial.moved else ""
            end = _state(CellState(trial.outcome, trial.mechanism))
            yield f"      {_names(trial.exchanged) or 'nothing'} exchanged{moved}: {end}"


def _names(packages: Sequence[str]) -> str:
    return ", ".join(packages) if len(packages) <= _BESIDE else plural(len(packages), "package")


_VERDICTS = {
    ExchangeVerdict.PACKAGES: "it is ",
    ExchangeVerdict.NOT_PACKAGES: "it is not the packages: ",
    ExchangeVerdict.NOT_REPRODUCED: "not reproduced, so it is not known: ",
    ExchangeVerdict.NOT_MEASURED: "not measured: ",
}


def _packages(diff: Diff, *, everything: bool) -> Iterator[str]:
    if not diff.packages:
        return
    yield "\npackages that differ"
    words = BlockText(diff.environments, diff.axes)
    shown = diff.packages if everything else diff.packages[:_SHOWN]
    for found in shown:
        where = words.write(found.block, _ENVIRONMENT)
        yield f"  {found.environments:7,}  {_package(found.package)}: {where}"
    if len(shown) < len(diff.packages):
        yield f"  and {len(diff.packages) - len(shown):,} more: --all"


def _state(state: CellState) -> str:
    text = str(state.outcome) + (f"/{one_line(state.mechanism)}" if state.mechanism else "")
    facts = ", ".join(one_line(name.rpartition(".")[2]) for name in (state.reactor, state.loop) if name)
    return f"{text} ({facts})" if facts else text


def _package(change: PackageChange) -> str:
    return f"{change.package} {change.before or 'absent'} → {change.after or 'absent'}"
