"""The path of a Scrapy project: from what it has locked, today, to the newest Scrapy, the newest Python."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import msgspec
from packaging.version import Version

from harness.matrix.axes import Python, Scrapy
from harness.matrix.spec import MatrixSpec
from harness.plan.plan_records import Plan
from harness.targets.scrapy_project import ScrapyProject
from harness.targets.target_plan import TODAY, TRY, Place, every_place, starting_place
from harness.workspace import Filters


def with_locked_release(spec: MatrixSpec, project: ScrapyProject) -> MatrixSpec:
    """Return the matrix with the very release that a project has locked, in place of that of its minor."""
    locked = project.locked_scrapy
    if locked is None:
        return spec
    scrapys, pins = [], dict(spec.pins)
    for each in spec.scrapys:
        same = each.first is not None and each.version.release[:2] == locked.release[:2] and each.version != locked
        found = msgspec.structs.replace(each, version=locked) if same else each
        scrapys.append(found)
        if same:
            pins |= {(found.label, python): pin for (label, python), pin in spec.pins.items() if label == each.label}
    return replace(spec, scrapys=tuple(scrapys), pins=pins)


def today_of(spec: MatrixSpec, platform: str, here: Collection[str], project: ScrapyProject) -> Place | None:
    """Return where a project runs today; None where no Python of this machine can have its Scrapy.

    That is its locked Scrapy, else the newest that it allows; and the Python that a file names, else the newest that
    it allows and that there was when this Scrapy came out.
    """
    pythons = [
        each
        for each in spec.pythons
        if each.version is not None and each.key in here and project.found.requires_python.contains(f"{each.key}.9999")
    ]
    for scrapy in reversed(_allowed(spec, project)):
        allowed = [each for each in pythons if scrapy.allows(each)]
        if allowed:
            python = _python(allowed, scrapy, project)
            # Where only Scrapy is locked the others are as pip gives them; with what is known to be held back for it.
            known = None if project.pins() else starting_place(spec, platform, python, scrapy)
            return known or Place(python=python, scrapy=scrapy, profile=TODAY)
    return None


def _allowed(spec: MatrixSpec, project: ScrapyProject) -> list[Scrapy]:
    releases = [each for each in spec.scrapys if each.first is not None]
    locked = project.locked_scrapy
    if locked is not None:
        return [each for each in releases if each.version.release[:2] == locked.release[:2]]
    return [each for each in releases if project.found.scrapy.contains(each.version, prereleases=True)]


def _python(allowed: Sequence[Python], scrapy: Scrapy, project: ScrapyProject) -> Python:
    if project.found.python is not None:
        wanted = Version(project.found.python)
        return min(allowed, key=lambda each: abs(each.language.minor - wanted.minor))
    then = [each for each in allowed if scrapy.released is None or each.released <= scrapy.released]
    return [*allowed[:1], *then][-1]


def path_of(spec: MatrixSpec, platform: str, here: Collection[str], today: Place, filters: Filters) -> Sequence[Place]:
    """Return the environments that are asked of a project, and that filters may choose from.

    Without a filter on them: today; each later release of Scrapy on today's Python, or the nearest on which it starts;
    each later Python with the newest and the oldest of these releases that starts there. With one: every Python with
    every release.
    """
    if filters.python or filters.scrapy or filters.profile or filters.cell:
        every_profile = bool(filters.profile or filters.cell)
        return [today, *every_place(spec, platform, here, every_profile=every_profile)]
    scrapys = [each for each in spec.scrapys if each.first is not None and each.version >= today.scrapy.version]
    pythons = [each for each in spec.pythons if each.version is not None and each.key in here]
    pythons = [each for each in pythons if each.language >= today.python.language]
    found = [today]
    for scrapy in scrapys:
        places = [starting_place(spec, platform, python, scrapy) for python in pythons]
        found += [place for place in places if place is not None][:1]
    for python in pythons:
        known = [place for scrapy in scrapys if (place := starting_place(spec, platform, python, scrapy)) is not None]
        found += [*known[-1:], *known[:1]]
    return list(dict.fromkeys(found))


def controls_of(spec: MatrixSpec, platform: str, today: Place) -> Sequence[Place]:
    """Return where the spiders may run as they run today, the best first: what is locked may no longer install."""
    later = [each for each in spec.scrapys if each.first is not None and each.version >= today.scrapy.version]
    places = [starting_place(spec, platform, today.python, each) for each in later]
    return list(dict.fromkeys([today, *(each for each in places if each is not None)]))


def with_project(plan: Plan, project: ScrapyProject, target: str) -> Plan:
    """Return a plan whose environments have what a project asks for in the same solve as Scrapy.

    Today's has it as it is written and locked; in the others it is free to go up.
    """
    environments = tuple(
        replace(each, additions=tuple(dict.fromkeys((*each.additions, *project.today()))),
                constraints=(*each.constraints, *project.pins()))
        if each.profile == TODAY.name
        else replace(each, additions=tuple(dict.fromkeys((*each.additions, *project.onwards()))))
        for each in plan.environments
    )  # fmt: skip
    return replace(plan, name=f"{TRY} {target}", environments=environments)
