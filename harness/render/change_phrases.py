"""What is said of a line that names what some releases of Scrapy do not have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.analysis.advice.source_changes import SourceChange
from harness.analysis.axis_values import AxisValues
from harness.analysis.ranges import fold

_GONE = {
    "name": "{owner}.{what} is not in Scrapy {releases}",
    "argument": "{owner}() does not take the argument {what} in Scrapy {releases}",
    "member": "{owner} has no {what} in Scrapy {releases}",
    "override": "silent: Scrapy {releases} does not use {what} of a {owner}, and does not say so",
    "required": "Scrapy {releases} calls {owner}() without {what}, which is required here",
    "hook": "silent: Scrapy {releases} does not use {what} of {owner}, and does not say so",
    "setting": "silent: Scrapy {releases} does not read the setting {what}, and does not say so",
}
"""By kind."""
_NAMES = {
    "argument": "the argument {what} of {owner}()",
    "required": "the argument {what} of {owner}()",
    "setting": "the setting {what}",
}
"""What something is called by kind; `{owner}.{what}` of others."""


def told_once(changes: Iterable[SourceChange]) -> list[SourceChange]:
    """Return changes of a file without those that read like one before: two names of one module, say."""
    return list({(each.line, each.kind, each.owner, each.what): each for each in reversed(list(changes))}.values())[
        ::-1
    ]


def gone_phrase(change: SourceChange, axes: AxisValues) -> str:
    """Return where something is not there; `axes`: of the releases of the range."""
    return _GONE[change.kind].format(owner=change.owner, what=change.what, releases=folded(change.gone, axes))


def name_phrase(change: SourceChange) -> str:
    """Return what something is called."""
    return _NAMES.get(change.kind, "{owner}.{what}").format(owner=change.owner, what=change.what)


def folded(releases: Sequence[str], axes: AxisValues) -> str:
    """Return releases as ranges."""
    return fold(map(axes.label, releases), axes.scrapys)
