"""What changes between two runs are attributed to, in words without mark-up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.analysis.attribution import Attribution, AttributionKind
from harness.analysis.change_factors import Factor, FactorKind
from harness.analysis.package_changes import python_version
from harness.analysis.run_diff import Diff
from harness.infra.text import join, one_line, plural

_LISTED = 4
_DIGESTS = {
    FactorKind.KIT: "the kit",
    FactorKind.LANE: "the settings of lane {}",
    FactorKind.SCENARIO: "the scenario {}",
    FactorKind.ENVIRONMENT: "the files of the environment, with the same versions",
}
_NAMED = {"machine": "the machine", "isolate": "each cell in a process of its own"}
_UNVALUED = {"harness": "how the harness runs cells", "interpreters": "the Pythons that the machine has"}


def factor_words(factor: Factor) -> str:
    """Return one thing that changed: versions and names with both values, files without their digests."""
    if factor.kind in _DIGESTS:
        return one_line(_DIGESTS[factor.kind].format(factor.name))
    if factor.name in _UNVALUED:
        return _UNVALUED[factor.name]
    if factor.kind is FactorKind.PLAN and factor.before == factor.after:
        return "what the plan asks for"
    if factor.kind is FactorKind.PYTHON:
        return one_line(_python_words(factor))
    noun = "Scrapy" if factor.kind is FactorKind.SCRAPY else _NAMED.get(factor.name, factor.name)
    return one_line(f"{noun} {factor.before or 'absent'} → {factor.after or 'absent'}")


def _python_words(factor: Factor) -> str:
    before, after = (python_version(each or "absent") for each in (factor.before, factor.after))
    return f"another build of Python {before}" if before == after else f"Python {before} → {after}"


def cause_words(cause: Attribution, *, everything: bool = False) -> str:
    """Return to what a change is attributed, and how that is known; all that may have done it if `everything`."""
    limit = len(cause.factors) if everything else _LISTED
    words = [factor_words(each) for each in cause.factors[:limit]]
    if len(cause.factors) > limit:
        words.append(f"{len(cause.factors) - limit} more")
    if cause.kind is AttributionKind.SHOWN:
        return f"by {words[0]}, as a pair shows"
    if cause.kind is AttributionKind.ONLY:
        return f"by {words[0]}, the only thing that changed"
    if cause.kind is AttributionKind.SEVERAL:
        return f"by one of {len(cause.factors)}, or several together: {', '.join(words)}"
    if cause.kind is AttributionKind.NOTHING:
        return "by nothing that is recorded: the inputs of these cells are the same"
    if cause.kind is AttributionKind.NOT_MEASURED:
        return "not attributed: one of the runs did not measure these cells"
    known = f"; known to differ: {', '.join(words)}" if words else ""
    return f"cannot be told: not recorded is {join(cause.missing)}{known}"


def tally_words(diff: Diff) -> Iterator[str]:
    """Yield how many changed cells the matrix changed, how many the world, and how many it is not known of."""
    counts: Counter[str] = Counter()
    for found in diff.ranges:
        if found.cause is not None:
            counts[_whose(found.cause)] += found.cells
    for words in _WHOSE:
        if counts[words]:
            yield f"{plural(counts[words], 'cell')} {words}"


_WHOSE = (
    "changed by the matrix (kit, scenarios, lanes, plan, harness)",
    "changed by the world (packages, Python, machine)",
    "changed by one of several things of the matrix",
    "changed by one of several things of the world",
    "changed by one of several things of both",
    "changed by nothing that is recorded",
    "not measured in one of the runs",
    "of which it cannot be told",
)


def _whose(cause: Attribution) -> str:
    if cause.kind in {AttributionKind.SHOWN, AttributionKind.ONLY}:
        return _WHOSE[0] if cause.factors[0].kind.of_matrix else _WHOSE[1]
    if cause.kind is AttributionKind.SEVERAL:
        matrix = {each.kind.of_matrix for each in cause.factors}
        return _WHOSE[4] if len(matrix) > 1 else _WHOSE[2] if True in matrix else _WHOSE[3]
    rest = {
        AttributionKind.NOTHING: _WHOSE[5],
        AttributionKind.NOT_MEASURED: _WHOSE[6],
        AttributionKind.NOT_RECORDED: _WHOSE[7],
    }
    return rest[cause.kind]
