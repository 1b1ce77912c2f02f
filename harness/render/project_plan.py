"""What `try --plan` prints of a Scrapy project: what was read from which file, and what would run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.infra.redaction import without_users
from harness.infra.text import one_line, plural
from harness.plan.plan_records import PlannedEnvironment
from harness.targets.checks import CONTRACTS

if TYPE_CHECKING:
    from harness.targets.scrapy_project import ScrapyProject
    from harness.targets.tried_target import ReadTarget

_LABEL = 18
_SHOWN = 4


def project_plan_lines(read: ReadTarget, project: ScrapyProject) -> Iterator[str]:
    """Yield what was read of a project, from which file, and what would run."""
    declared, found, today = read.declared, project.found, read.controls[0]
    yield f"{declared.name} {declared.version or ''}".strip() + f", a Scrapy project, {read.snapshot.revision}"
    yield ""
    python = found.python or str(found.requires_python) or "not written"
    told = [
        ("settings", project.settings, f"{project.folder}/scrapy.cfg".lstrip("/")),
        ("it asks for", _some(found.requires), found.read_from.get("requires", "")),
        ("locked", _some(project.pins()), found.read_from.get("pins", "")),
        ("Scrapy", str(project.locked_scrapy or found.scrapy or "any"), found.read_from.get("scrapy", "")),
        ("Python", python, found.read_from.get("requires_python", "")),
        ("left out", _some(found.left_out), "cannot be resolved here"),
        ("variables", ", ".join(declared.environment), "pyproject.toml: tool.scrapy-compat.env"),
        ("arguments of", ", ".join(read.settings.spiders), "pyproject.toml: tool.scrapy-compat.spiders"),
    ]
    for label, text, where in told:
        if text:
            yield f"{label + ':':<{_LABEL}} {one_line(text)}{f'  ({where})' if where else ''}"
    environments = asked_environments(read)
    lanes = dict.fromkeys(lane.name for each in environments for lane in each.lanes)
    checks = {scenario for each in environments for lane in each.lanes for scenario, _ in lane.cells}
    yield f"{'lanes:':<{_LABEL}} {', '.join(lanes)}"
    yield f"{'checks:':<{_LABEL}} load{', contracts' if CONTRACTS in checks else ''}"
    yield f"{'today:':<{_LABEL}} {today.told}: its spiders, as its settings say; all else is compared with that"
    yield f"{'runs are kept in:':<{_LABEL}} {read.state}"
    yield ""
    yield f"{plural(len(environments), 'environment')}, {plural(read.plan.count_runnable()[1], 'cell')}:"
    yield from (f"  Python {each.python}, Scrapy {each.scrapy}, {each.profile}" for each in environments)


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    # A direct reference may have a password in it.
    return without_users(", ".join(texts[:_SHOWN])) + more


def asked_environments(read: ReadTarget) -> list[PlannedEnvironment]:
    """Return the environments of a target that its plan does not rule out."""
    return [each for each in read.plan.environments if each.status is None]
