"""What is said of a target, in words that the terminal, the Markdown and the page share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.analysis.axis_values import AxisValues
from harness.analysis.ranges import natural_key, short_labels
from harness.infra.text import one_line, plural
from harness.model.outcome import Outcome
from harness.render.change_phrases import gone_phrase
from harness.targets.declared_range import DeclaredRange
from harness.targets.minima import LOWEST
from harness.targets.pre_releases import NEXT
from harness.targets.release_change import ChangedCell, ReleaseChange
from harness.targets.spider_lines import CONTRACTS_ROW, LISTED, SpiderLine
from harness.targets.target_answer import TargetAnswer
from harness.targets.target_causes import TriedCause
from harness.targets.tried_target import TriedTarget

_SHOWN = 5
"""Lines of one kind that are told."""
_WAYS = 7
_GOES_ON = "; the same command goes on from there"
_TESTS = 3
_SPIDERS = 30


def _declared(each: DeclaredRange, verb: str) -> str:
    """Return what was measured of a range that a target declares."""
    parts = [f"it fails with {each.fails}"] if each.fails else []
    parts += [f"it {verb} with {each.undeclared}, too"] if each.undeclared else []
    parts += [f"what was measured leaves {each.bears}"] if each.bears else []
    place = f" ({each.place})" if each.place else ""
    return f"{each.axis} {each.declared or 'any'}{place}: {'; '.join(parts)}"


def _minima(answer: TargetAnswer) -> Iterator[str]:
    """Yield what was installed of the lowest versions that a target declares."""
    if answer.lowest is not None:
        works = f"works with Scrapy {answer.lowest}" if answer.lowest else "works with no release of Scrapy"
        yield f"with these it {works}"
    for each in answer.minima:
        versions = ", ".join(f"{version} with Scrapy {releases}" for version, releases in each.versions)
        raised = "; it is lower than anything that can be installed" if each.raised else ""
        yield f"{each.requirement}: {versions}{raised}"


def _pre_releases(answer: TargetAnswer) -> Iterator[str]:
    """Yield what pre-releases were installed, and with which releases of Scrapy it works beside them."""
    if answer.upcoming is not None:
        works = f"Scrapy {answer.upcoming}" if answer.upcoming else "no release of Scrapy"
        with_what = f"with {', '.join(answer.pre_releases)}" if answer.pre_releases else "there was none, and"
        yield f"{with_what} it works with {works}"


def _control(tried: TriedTarget) -> str:
    """Return what the control has shown."""
    if tried.read.declared.project is not None:
        return _spiders_of_control(tried)
    control, suite = tried.control, tried.read.suite
    broken = [name for name, outcome in control.modules.items() if outcome == "failed"]
    told = [f"{plural(len(control.modules), 'module')}"]
    told += [f"{len(broken)} of which do not import there either: {one_line(', '.join(broken))}"] if broken else []
    if suite and control.stopped:
        told.append(f"its tests are nothing to compare with, and were not run elsewhere: {one_line(control.stopped)}")
        if "No module named" in control.stopped:
            told.append("what they need beside what was found can be named with --with")
    elif suite:
        bad = sum(outcome in {"failed", "error"} for outcome in control.tests.values())
        told.append(f"{plural(len(control.tests), 'test')}, {bad} failing, {len(control.flaky)} flaky")
    return "; ".join(told)


def _spiders_of_control(tried: TriedTarget) -> str:
    """Return what the control has shown of a project's spiders."""
    control = tried.control
    if control.stopped:
        why = one_line(control.stopped)
        return f"no spider starts there, so that there is nothing to compare with: {why}"
    spiders = spider_outcomes(tried)
    counts = [f"{plural(len(spiders), 'spider')}", f"{list(spiders.values()).count('passed')} start and ask for pages"]
    bad = [name for name, outcome in spiders.items() if outcome in {"failed", "error"}]
    counts += (
        [f"{len(bad)} {'does' if len(bad) == 1 else 'do'} not start there: {one_line(', '.join(bad))}"] if bad else []
    )
    return "; ".join(counts)


def spider_outcomes(tried: TriedTarget) -> dict[str, str]:
    """Return the outcome of each spider in the control, without the rows of `scrapy list` and of contracts."""
    tests = tried.control.tests
    return {name: tests[name] for name in tests if name != LISTED and not name.endswith(CONTRACTS_ROW)}


def control_lines(tried: TriedTarget) -> Iterator[str]:
    """Yield what the control has shown, and what was passed over for it."""
    yield f"Control, {tried.control_at.told}: {_control(tried)}."
    for place, why in tried.passed_over:
        yield f"not {place.told}: {one_line(why)}"


def sentences(tried: TriedTarget, answer: TargetAnswer) -> Iterator[str]:
    """Yield the answer: where it works, and in which lanes that is shown."""
    if tried.read.declared.project is not None:
        if tried.control.stopped:
            yield f"None of its spiders starts today, with {tried.control_at.told}: there is nothing to compare with."
            return
        yield from _project_sentences(answer)
        return
    verb = "works" if answer.tested else "imports"
    if not answer.environments:
        yield f"Nothing is known of it: of {answer.asked} nothing was asked."
        return
    if not answer.works:
        some = f"in {answer.fine} of {plural(answer.environments, 'environment')}, with no Scrapy release in all"
        yield f"It {verb} {some if answer.fine else 'nowhere'}: of {answer.asked}."
        return
    yield f"It {verb} with Scrapy {answer.works} on Python {answer.pythons}, of {answer.asked}."
    lanes = ", ".join(answer.lanes)
    if answer.lanes and not answer.tested:
        yield f"It imports on {lanes}."
    elif answer.lanes:
        outcomes = tried.control.tests.values()
        bad = sum(outcome in {"failed", "error"} for outcome in outcomes)
        of = f"{bad} of {plural(len(outcomes), 'test')}"
        but = f" but for {of}, which fail in the control, too" if answer.anyway else ""
        yield f"Its tests pass on {lanes}{but}; they use the reactor or loop there."
    if answer.unproven:
        unproven = ", ".join(answer.unproven)
        yield f"Its tests pass without any reactor or loop on {unproven}: that proves nothing of these."
    if answer.failing:
        yield f"Its tests fail in some environments on {', '.join(answer.failing)}."


def _project_sentences(answer: TargetAnswer) -> Iterator[str]:
    """Yield the answer of a Scrapy project."""
    if not answer.works:
        some = f"in {answer.fine} of {plural(answer.environments, 'environment')}, with no Scrapy release in all"
        yield f"All its spiders start as they do today {some if answer.fine else 'nowhere'}, of {answer.asked}."
    else:
        on = f"Scrapy {answer.works} on Python {answer.pythons}, of {answer.asked}"
        yield f"All its spiders start as they do today with {on}."
    spiders = [line for line in answer.spiders if not line.is_list and not line.name.endswith(CONTRACTS_ROW)]
    everywhere = [line for line in spiders if all(each.lanes for each in line.problems)]
    if len(everywhere) < len(spiders):
        of = f"{len(everywhere)} of {plural(len(spiders), 'spider')}"
        yield f"As the project's settings say, {of} can be started everywhere."
    if answer.lanes:
        yield f"They start on {', '.join(answer.lanes)} wherever they start as the project's settings say."
    if answer.failing:
        yield f"Some start as the settings say, and not on {', '.join(answer.failing)}."


def _spider(line: SpiderLine) -> str:
    """Return what became of one spider."""
    verb = "works" if line.is_list else "passes" if line.name.endswith(CONTRACTS_ROW) else "starts"
    parts = [f"{verb} with Scrapy {line.starts}"] if line.starts else []
    for each in line.problems:
        on = f" on Python {each.python}" if each.python else ""
        lanes = f" in the lanes {', '.join(each.lanes)}" if each.lanes else ""
        place = f" ({one_line(each.place)})" if each.place else ""
        parts.append(f"with Scrapy {each.scrapy}{on}{lanes}: {one_line(each.message)}{place}")
    return f"{one_line(line.name)}: {'; '.join(parts)}"


def _spiders(answer: TargetAnswer) -> Iterator[str]:
    """Yield what became of each spider that has problems, and how many have none."""
    troubled = [line for line in answer.spiders if line.problems]
    yield from map(_spider, troubled[:_SPIDERS])
    if len(troubled) > _SPIDERS:
        yield f"{len(troubled) - _SPIDERS} more have problems; --json has all of them"
    fine = [line for line in answer.spiders if not line.problems]
    if fine:
        names = ", ".join(one_line(line.name) for line in fine[:_SPIDERS])
        yield f"in every environment and lane that was asked: {names}{' ...' if len(fine) > _SPIDERS else ''}"


def cause_heading(cause: TriedCause) -> str:
    """Return what fails, and how often."""
    return f"{cause.outcome.value} {one_line(cause.mechanism)}: {plural(cause.cells, 'cell')}"


def cause_place(cause: TriedCause) -> str:
    """Return where something fails."""
    aside = {LOWEST.name: ", with the lowest versions", NEXT.name: ", with pre-releases"}
    versions = aside.get(cause.profiles[0], "") if len(cause.profiles) == 1 else ""
    return f"Scrapy {cause.scrapy}, Python {cause.python}, {', '.join(cause.lanes)}{versions}"


def _deprecated(answer: TargetAnswer) -> list[str]:
    """Return what later releases take away, in the target's own lines, most cells first."""
    return [
        f"{one_line(place)}: {one_line(text)} ({plural(count, 'cell')})"
        for place, text, count in answer.deprecated[:_SHOWN]
    ]


def _unasked(answer: TargetAnswer) -> list[str]:
    """Return what was not asked, and why."""
    outside = f"outside of what it declares, and not to be installed there: {'; '.join(answer.declared_out)}"
    return [outside] * bool(answer.declared_out) + [
        f"{plural(count, 'cell')} {one_line(why)}{_GOES_ON if why.startswith(Outcome.NOT_RUN.value) else ''}"
        for why, count in answer.unasked.items()
    ]


def sections(answer: TargetAnswer) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield what is told below the causes: a title and its lines, of which there are some."""
    beside = "spiders" if answer.spiders else "tests"
    found = {
        "Spiders": [*_spiders(answer)],
        "Declared against measured": [
            _declared(each, "works" if answer.tested else "imports") for each in answer.declared if not each.agrees
        ],
        "Declared minima, and what was installed of them": [*_minima(answer)],
        "Pre-releases of what it depends on": [*_pre_releases(answer)],
        "What its source names and releases asked here do not have": _source(answer),
        "What later releases take away, in its own lines": _deprecated(answer),
        f"Seen beside the {beside}": answer.notes[:_SHOWN],
        "Not asked": _unasked(answer),
    }
    yield from ((title, lines) for title, lines in found.items() if lines)


def _source(answer: TargetAnswer) -> list[str]:
    releases = sorted({release for each in answer.source for release in each.change.gone}, key=natural_key)
    axes = AxisValues.of_releases(releases)
    # Two names of one module are one line.
    told = list(
        dict.fromkeys(f"{each.file}:{each.change.line}: {gone_phrase(each.change, axes)}" for each in answer.source)
    )
    more = [f"{plural(len(told) - _SHOWN, 'more line')}: --json has all of them"] if len(told) > _SHOWN else []
    return [*told[:_SHOWN], *more]


def change_lines(change: ReleaseChange) -> Iterator[str]:
    """Yield what changed for a target from one release to another."""
    labels = short_labels([change.before, change.after])
    before, after = labels[change.before], labels[change.after]
    counts = [f"{change.count(each)} {each}" for each in ("regressed", "fixed")]
    other = change.count("differs")
    counts += [f"{other} {'fails' if other == 1 else 'fail'} in another way"] if other else []
    alone = f", {plural(change.alone, 'cell')} without a partner" if change.alone else ""
    yield f"Scrapy {before} -> {after}: {', '.join(counts)}, {change.same} the same{alone}."
    alike = _alike(change.changed)
    for members in alike[:_WAYS]:
        yield from _changed(members)
    if len(alike) > _WAYS:
        yield f"  {len(alike) - _WAYS} more ways; --json has all of them."


def _alike(changed: Sequence[ChangedCell]) -> list[list[ChangedCell]]:
    """Return pairs that changed in the same way together, in their order."""
    groups: dict[tuple[object, ...], list[ChangedCell]] = {}
    for each in changed:
        groups.setdefault((each.change, each.before, each.after, each.mechanism, each.tests), []).append(each)
    return list(groups.values())


def _changed(members: Sequence[ChangedCell]) -> Iterator[str]:
    first = members[0]
    checks, pythons, lanes = (
        ", ".join(dict.fromkeys(words))
        for words in (
            [each.check.removeprefix("try_") for each in members],
            [each.python for each in members],
            [each.lane for each in members],
        )
    )
    how = f"{first.before.value} -> {first.after.value} {one_line(first.mechanism or '')}"
    yield f"  {plural(len(members), 'cell')} {first.change}: {checks}, Python {pythons}, {lanes}: {how.rstrip()}"
    if first.detail:
        yield f"    {one_line(first.detail)}"
    if first.tests:
        more = f" and {len(first.tests) - _TESTS} more" if len(first.tests) > _TESTS else ""
        yield f"    tests that differ: {', '.join(map(one_line, first.tests[:_TESTS]))}{more}"
    yield f"    {first.cells[0]}"
    yield f"    {first.cells[1]}"
