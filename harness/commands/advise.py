"""What `advise` does: which helper to write in a range, from measured cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from harness.analysis.advice.recommendation import Advice, advise
from harness.analysis.advice.snippets import function_name
from harness.analysis.advice.source_check import SourceCheck
from harness.analysis.advice.source_guards import missing_helpers
from harness.analysis.axis_values import KINDS, kind_of
from harness.commands.source_files import read_sources
from harness.commands.stored_runs import answered_from, chosen, known_view
from harness.infra.errors import ConfigurationError
from harness.infra.platforms import PLATFORMS, runnable_platforms
from harness.infra.resources import published_page, scenarios_dir
from harness.model.known_cells import KnownCell
from harness.render.text.advise import advice_lines
from harness.render.text.advise_changes import taken_away_lines
from harness.render.text.advise_have import have_lines
from harness.render.to_plain import json_text
from harness.render.view import ReportView
from harness.workspace import Filters


def advise_json(
    state: Path, run_id: str | None, filters: Filters, reactors: Sequence[str], have: Sequence[Path]
) -> Iterator[str]:
    """Return what `advise_lines` says as one object: the advice, the platforms left out, and the lines for people."""
    found: list[Advice] = []
    view = known_view(state, run_id)
    lines = list(_advised(view, filters, reactors, have, heard=found.append, everything=True))
    _, missing = _platforms(filters.platform, view.platforms)
    yield json_text({"advice": found[0] if found else None, "not_measured": missing, "lines": lines})


def advise_lines(
    state: Path,
    run_id: str | None,
    filters: Filters,
    reactors: Sequence[str],
    have: Sequence[Path],
    *,
    everything: bool = False,
) -> Iterator[str]:
    """Return what to write in the range that filters and reactors describe, and what to change in a source.

    `everything`: also what is known of each helper.
    """
    yield from _advised(known_view(state, run_id), filters, reactors, have, everything=everything)


def _advised(
    view: ReportView,
    filters: Filters,
    reactors: Sequence[str],
    have: Sequence[Path],
    *,
    heard: Callable[[Advice], None] = lambda _advice: None,
    everything: bool,
) -> Iterator[str]:
    """Return the lines; `heard` is called with what is advised."""
    cells = list(view.known())
    there, missing = _platforms(filters.platform, view.platforms)
    for platform in missing:
        yield f"{platform}: nothing was measured there; the advice does not speak of it"
        yield f"    {_how_to_measure(platform)}"
    if missing and not there:
        return
    asked = replace(filters, platform=there, lane=_lanes(reactors, view.lanes))
    lacking = missing_helpers(cells)
    cells = chosen(cells, asked)
    found = advise(cells, everything=everything)
    heard(found)
    copied = (scenarios_dir() / "kit" / "helper_copies.py").read_text(encoding="utf-8")
    yield from advice_lines(found, copied, answered_from(view), everything=everything)
    if have:
        yield from _have_lines(have, cells, found, lacking)


def _have_lines(
    have: Sequence[Path], cells: list[KnownCell], advice: Advice, missing: Mapping[str, set[str]]
) -> Iterator[str]:
    recipe = next((each for each in advice.recipes if each.always), None)
    segments = () if recipe is None else recipe.segments
    advised = [helper for segment in segments for helper in segment.helpers]
    name = None if set(advised) <= {"direct"} else function_name(segments)
    check = SourceCheck(cells, name=name, advised=advised, missing=missing)
    unread: list[str] = []
    sources = {path: source.text for path, source in read_sources(have, unread.append).items()}
    yield from (f"\n{line}" for line in unread)
    found = check.check(sources)
    for path, checked in found.items():
        yield from have_lines(checked, str(path), check.axes)
    changes = {str(path): checked.changes for path, checked in found.items()}
    yield from taken_away_lines(changes, check.axes, check.changes.unknown)


def _platforms(wanted: Sequence[str], known: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that were measured, and those that were not."""
    names = [name.strip() for text in wanted for name in text.split(",")]
    absent = tuple(name for name in names if name in PLATFORMS and name not in known)
    return tuple(name for name in names if name not in absent), absent


def _how_to_measure(platform: str) -> str:
    """Return what is known of a platform without advice, and what gives advice."""
    page = published_page(platform)
    kept = (
        "" if page is None else f"{page.relative_to(page.parents[2])} in the checkout shows a measurement; for advice "
    )
    if platform in runnable_platforms():
        return f"{kept}measure it here: scrapy-compat run --plan full --platform {platform}"
    command = f"scrapy-compat run --plan full --platform {platform}"
    return f"{kept}measure it on such a machine: {command}, with the advice there"


def _lanes(reactors: Sequence[str], lanes: Sequence[str]) -> tuple[str, ...]:
    """Return the lanes of kinds of reactors; other words are globs of lanes."""
    found: list[str] = []
    for word in (part.strip() for text in reactors for part in text.split(",")):
        if word == "any":
            return ()
        if word not in KINDS and not any(fnmatchcase(lane, word) for lane in lanes):
            known = ", ".join(("any", *KINDS, *lanes))
            raise ConfigurationError(value=f"--reactor {word}", cause="is unknown", action=f"use one of {known}")
        found += [lane for lane in lanes if kind_of(lane) == word] if word in KINDS else [word]
    return tuple(found)
