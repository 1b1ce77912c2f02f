"""Which rules of a plan ask for which environments of a platform, and so which Pythons a plan prefers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.matrix.spec import MatrixSpec, PlanRule, PlanSpec
from harness.matrix.versions import any_matches
from harness.model.scenario_names import family_of
from harness.plan.environment_matrix import Combination, combinations, newest_releases
from harness.plan.scenario_info import ScenarioInfo
from harness.plan.selection import Selection, selects

Rules = tuple[int, ...]
"""Numbers of rules of a plan."""


def asked_rules(
    spec: MatrixSpec, plan: PlanSpec, platform: str, selection: Selection, every: Sequence[Combination]
) -> dict[str, Rules]:
    """Return the rules that ask for each environment that the selection lets through, by its id.

    `every`: the combinations of that platform.
    """
    if selection.only_exact:
        return {}
    newest = newest_releases(every)
    # Each version is compared once for each rule, and not once for each environment: that would take most of the time.
    rules = [
        (number, rule, _pythons(spec, rule), _scrapys(spec, rule))
        for number, rule in enumerate(plan.rules)
        if spec.is_for(rule, platform)
    ]
    asked: dict[str, Rules] = {}
    for each in every:
        python, scrapy, profile = each.python.key, each.scrapy.label, each.profile.name
        numbers = tuple(
            number
            for number, rule, pythons, scrapys in rules
            if python in pythons
            and scrapy in scrapys
            and (not rule.profiles or profile in rule.profiles)
            and (not rule.newest or newest.get((python, profile)) == scrapy)
        )
        if numbers and selection.selects_environment(each.id):
            asked[each.id.id] = numbers
    return asked


def asking_rules(
    spec: MatrixSpec, plan: PlanSpec, platform: str, selection: Selection, scenarios: Mapping[str, ScenarioInfo]
) -> set[int]:
    """Return the rules of which the selection leaves a lane and a scenario on a platform, whatever the release."""
    lanes = [lane.name for lane in spec.lanes_of(platform) if selection.selects_lane(lane.name)]
    alike = spec.alike(platform)
    there = {
        name: info
        for name, info in scenarios.items()
        if (not info.platforms or not alike.isdisjoint(info.platforms))
        and any(selection.selects_question(name, helper) for helper in info.helpers)
    }
    return {
        number
        for number, rule in enumerate(plan.rules)
        if any(
            asks(rule, name, info) and any(selects(rule.lanes, lane) and selects(info.lanes, lane) for lane in lanes)
            for name, info in there.items()
        )
    }


def asks(rule: PlanRule, name: str, info: ScenarioInfo) -> bool:
    """Return whether a rule asks a scenario, by its name and by what it declares."""
    return (
        selects(rule.scenarios, name)
        and (not rule.families or family_of(name) in rule.families)
        and (info.core or not rule.core)
        and (rule.heavy or not info.heavy)
        and (info.loop_matters or not rule.loop_matters)
    )


def preferred_pythons(
    spec: MatrixSpec,
    plan: PlanSpec,
    platforms: Sequence[str],
    selection: Selection,
    scenarios: Mapping[str, ScenarioInfo],
) -> Mapping[str, tuple[str, ...]]:
    """Return the keys of the Pythons that a plan as it is written asks for, by platform, in the order of the matrix."""
    found: dict[str, tuple[str, ...]] = {}
    for platform in platforms:
        every = list(combinations(spec, platform))
        asking = asking_rules(spec, plan, platform, selection, scenarios)
        asked = {key.environment for key in selection.exact}
        for name, rules in asked_rules(spec, plan, platform, selection, every).items():
            if not asking.isdisjoint(rules):
                asked.add(name)
        keys = (each.python.key for each in every if each.reason is None and each.id.id in asked)
        found[platform] = tuple(dict.fromkeys(keys))
    return found


def _pythons(spec: MatrixSpec, rule: PlanRule) -> frozenset[str]:
    return frozenset(each.key for each in spec.pythons if any_matches(rule.pythons, each.key, each.version))


def _scrapys(spec: MatrixSpec, rule: PlanRule) -> frozenset[str]:
    return frozenset(each.label for each in spec.scrapys if any_matches(rule.scrapys, each.label, each.version))
