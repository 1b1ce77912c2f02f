"""What a target declares, held against what was measured of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from harness.analysis.ranges import fold
from harness.model.outcome import Outcome
from harness.targets.declarations import Declarations


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRange:
    """One axis that a target declares."""

    axis: str
    """`Python`, `Scrapy`, or `Python classifiers` where the target has some."""
    declared: str
    """As it is written; empty: nothing is."""
    place: str
    """Where that stands; empty where nothing does."""
    fails: str
    """What it declares and does not work with, as ranges of what was asked."""
    undeclared: str
    """What it works with and does not declare, as ranges of what was asked."""
    unproven: str
    """What it declares and what nothing was measured of, as ranges of what was asked."""
    bears: str
    """The specifier that the measurements bear, where they are one range and it says something else; else empty."""

    @property
    def agrees(self) -> bool:
        """Return whether everything that was asked is as it is declared."""
        return not (self.fails or self.undeclared)


def declared_ranges(
    declared: Declarations,
    pythons: Mapping[str, Outcome | None],
    releases: Mapping[str, Outcome | None],
    exact: Mapping[str, str],
) -> tuple[DeclaredRange, ...]:
    """Return what was measured of what a target declares; of what was not asked nothing is said.

    `pythons`, `releases`: what the target gives with each, oldest first. `exact`: the patch that was measured of each
    of `releases`.
    """
    return (
        _range(
            "Python",
            declared.requires_python,
            declared.read_from.get("requires_python", ""),
            pythons,
            inside=lambda label: declared.requires_python.contains(f"{label}.9999"),
        ),
        _range(
            "Scrapy",
            declared.scrapy,
            declared.read_from.get("scrapy", ""),
            releases,
            inside=lambda label: declared.scrapy.contains(exact[label], prereleases=True),
        ),
        *_classified(declared, pythons),
    )


def _classified(declared: Declarations, pythons: Mapping[str, Outcome | None]) -> Iterator[DeclaredRange]:
    """Yield what was measured of the Pythons that classifiers name; nothing where they name none."""
    if declared.classifiers:
        place = declared.read_from.get("classifiers", "")
        inside = declared.classifiers.__contains__
        found = _range("Python classifiers", SpecifierSet(), place, pythons, inside)
        # A classifier names one Python: there is no specifier to write.
        yield replace(found, declared=", ".join(declared.classifiers), bears="")


def _range(
    axis: str,
    specifier: SpecifierSet,
    place: str,
    outcomes: Mapping[str, Outcome | None],
    inside: Callable[[str], bool],
) -> DeclaredRange:
    order = [label for label in outcomes if _is_version(label)]
    known = {label: outcome for label in order if (outcome := outcomes[label]) is not None and outcome.measured}
    works = [label for label, outcome in known.items() if outcome.works]
    fails = [label for label in known if label not in works]
    wrong = [label for label in fails if inside(label)]
    more = [label for label in works if not inside(label)]
    return DeclaredRange(
        axis=axis,
        declared=str(specifier),
        place=place,
        fails=fold(wrong, order),
        undeclared=fold(more, order),
        unproven=fold([label for label in order if inside(label) and label not in known], order),
        bears=",".join(_bounds(works, fails, order)) if wrong or more else "",
    )


def _is_version(label: str) -> bool:
    return all(part.isdigit() for part in label.split("."))


def _bounds(works: list[str], fails: list[str], order: list[str]) -> Iterator[str]:
    """Yield the bounds of one range with all that works and nothing that fails; nothing where there is none."""
    if not works:
        return
    first, last = order.index(works[0]), order.index(works[-1])
    if any(first < order.index(label) < last for label in fails):
        return
    # Beyond what was asked nothing is known, so that nothing is excluded there.
    if any(order.index(label) < first for label in fails):
        yield f">={works[0]}"
    above = [label for label in fails if order.index(label) > last]
    if above:
        yield f"<{min(above, key=Version)}"
