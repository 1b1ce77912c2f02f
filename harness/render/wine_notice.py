"""What is said wherever cells count that were measured under Wine: they are not those of genuine Windows."""

from __future__ import annotations

import re

from harness.infra.text import join, number, plural
from harness.render.view import ReportView

_NUMBER = re.compile(r"wine-([0-9]+(?:\.[0-9]+)*)")


PLATFORM = "wine"
"""The platform whose cells these are."""


def under_wine(view: ReportView) -> str:
    """Return `measured under Wine 8.0, not on genuine Windows`, with every Wine that cells of the view ran under."""
    found = {each.result.versions.get(PLATFORM) for each in view.environments if each.result is not None}
    # Its number only, which is the same in every format: what a distribution adds is told with the environments.
    versions = sorted({told[1] for text in found if text and (told := _NUMBER.match(text))})
    return f"measured under Wine{' ' if versions else ''}{join(versions)}, not on genuine Windows"


def wine_notice(view: ReportView) -> str | None:
    """Return how many cells of a view that is; None where there is none."""
    count = sum(each.outcomes.total() for each in view.environments if each.planned.platform == PLATFORM)
    if not count:
        return None
    every = "All" if count == view.count else f"Of the {plural(view.count, 'cell')}"
    these = f"the {number(count)} cells" if count == view.count else f"{number(count)}, those of `{PLATFORM}`,"
    return f"{every} {these} were {under_wine(view)}."
