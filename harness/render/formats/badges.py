"""A badge for each lane of each platform: an SVG file, and the JSON that shields.io makes the same badge from.

The SVG is made by anybadge: small, kept up (pybadges has seen no release for three years and takes requests along),
and it escapes what is written on a badge.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from harness.infra.text import number, one_line
from harness.judge.verdict import Verdict
from harness.model.outcome import Outcome
from harness.render.atomic_files import written_whole
from harness.render.judged_view import JudgedView, Tally, TestStatus

_COLOURS = {"brightgreen": "#4c1", "red": "#e05d44", "yellow": "#dfb317", "lightgrey": "#9f9f9f"}
"""Those of shields.io, by name."""


def write_badges(judged: JudgedView, directory: Path) -> Iterator[Path]:
    """Write `<platform>-<lane>.json` and `.svg`, and return their paths. Raises `StorageError`."""
    from anybadge import Badge

    for (platform, lane), tally in judged.lanes.items():
        label, (message, colour) = one_line(f"{platform} {lane}"), _message(tally)
        path = directory / f"{platform}-{lane}.json"
        with written_whole(path) as file:
            content = {"schemaVersion": 1, "label": label, "message": message, "color": colour}
            file.write(json.dumps({**content, **({"isError": True} if colour == "red" else {})}) + "\n")
        yield path
        badge = Badge(label, message, default_color=_COLOURS[colour])
        # Otherwise the id would be counted on from badge to badge, and a file differ for nothing.
        badge.mask_str = f"{platform}-{lane}"
        with written_whole(path.with_suffix(".svg")) as file:
            file.write(badge.badge_svg_text)
        yield path.with_suffix(".svg")


def _message(tally: Tally) -> tuple[str, str]:
    """Return what a badge says of some cells, and the name of its colour."""
    unexpected, unknown = tally.verdicts[Verdict.UNEXPECTED], tally.standings[TestStatus.ERROR]
    passed = f"{number(tally.outcomes[Outcome.PASS])} of {number(tally.measured)} pass"
    if unexpected:
        return f"{number(unexpected)} unexpected, {passed}", "red"
    if unknown:
        return f"{number(unknown)} unknown, {passed}", "yellow"
    if not tally.measured:
        return "not measured", "lightgrey"
    # Why this is green: what does not pass is known not to.
    return f"0 unexpected, {passed}", "brightgreen"
