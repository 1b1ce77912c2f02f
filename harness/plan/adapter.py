"""The rules of a plan as questions: on which Python, and with which packages, a machine can answer each.

A rule that names one Python prefers it: what it asks about a release is asked on the nearest Python that is there
and on which a crawl starts with that release. A rule that names several, such as `python = "*"`, asks about these
Pythons, and nothing can stand in for one that is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from harness.matrix.axes import Profile, Python
from harness.matrix.spec import MatrixSpec, PlanSpec
from harness.matrix.versions import any_matches
from harness.plan.adaptation import Adaptation, Substitution, Unasked
from harness.plan.environment_matrix import Combination
from harness.plan.questions import Rules


class Adapter:
    """Adapts what a plan asks for on a platform to the Pythons that are there."""

    def __init__(
        self,
        spec: MatrixSpec,
        plan: PlanSpec,
        platform: str,
        available: Collection[str],
        *,
        profiles: Sequence[Profile],
        every: Sequence[Combination],
    ) -> None:
        """Takes the keys of the Pythons that are there, the profiles that may be taken, all environments there are."""
        self._spec = spec
        self._platform = platform
        self._here = tuple(python.key for python in spec.pythons if python.key in available)
        self._every = {(each.python.key, each.scrapy.label, each.profile.name): each for each in every}
        self._preferences = {
            number
            for number, rule in enumerate(plan.rules)
            if sum(any_matches(rule.pythons, python.key, python.version) for python in spec.pythons) == 1
        }
        # Today's packages first, then those with as little as possible held back.
        self._profiles = sorted(profiles, key=lambda profile: (profile.cutoff is not None, profile.pins))

    def adapted(
        self, asked: Mapping[str, Rules], asking: Collection[int]
    ) -> tuple[dict[str, Rules], Adaptation | None]:
        """Return what is asked instead of `asked`, the rules that ask for each environment, by its id.

        `asking`: the rules that ask anything. And what differs from the plan as it is written; None: nothing does.
        """
        rules: dict[str, set[int]] = {}
        instead: dict[str, list[Combination]] = {}
        missing: list[Combination] = []
        unanswered: list[Combination] = []
        for each in self._every.values():
            numbers = asked.get(each.id.id, ())
            if each.python.key in self._here:
                rules.setdefault(each.id.id, set()).update(numbers)
                continue
            numbers = tuple(number for number in numbers if number in asking)
            preferring = self._preferences.intersection(numbers)
            if each.reason is not None:
                # What the matrix excludes asks nothing.
                continue
            if len(preferring) < len(numbers):
                missing.append(each)
            found = self._substitute(each) if preferring else None
            if found is not None:
                rules.setdefault(found.id.id, set()).update(preferring)
                instead.setdefault(found.id.id, []).append(each)
            elif preferring:
                unanswered.append(each)
        adaptation = None
        if instead or missing or unanswered:
            adaptation = Adaptation(
                available={self._platform: self._here},
                substitutions=tuple(self._substitutions(instead)),
                unasked=tuple(self._unasked(missing, unanswered)),
            )
        return {name: tuple(sorted(numbers)) for name, numbers in rules.items() if numbers}, adaptation

    def _substitute(self, asked: Combination) -> Combination | None:
        """Return the environment that answers instead; None where no Python that is there can."""
        nearest = self._nearest(asked.python)
        for python in nearest:
            found = self._starting(python, asked)
            if found is not None:
                return found
        if self._would_do(asked):
            return None
        # Nowhere a crawl is known to start: that is worth seeing, as it is where the preferred Python is there.
        possible = (self._every[python.key, asked.scrapy.label, asked.profile.name] for python in nearest)
        return next((each for each in possible if each.reason is None), None)

    def _nearest(self, to: Python) -> list[Python]:
        """Return the Pythons that are there, the nearest first, of two the newer; PyPy stands in for nothing."""
        here = [each for each in self._spec.pythons if each.version is not None and each.key in self._here]
        minor = to.language.minor
        return sorted(here, key=lambda each: (abs(each.language.minor - minor), -each.language.minor))

    def _starting(self, python: Python, asked: Combination) -> Combination | None:
        """Return the environment on a Python in which a crawl starts: in the profile asked for, else in another."""
        for profile in dict.fromkeys((asked.profile, *self._profiles)):
            if self._spec.starts(self._platform, python, asked.scrapy, profile):
                return self._every[python.key, asked.scrapy.label, profile.name]
        return None

    def _would_do(self, asked: Combination) -> list[str]:
        """Return the keys of all Pythons on which a crawl starts, be they there or not."""
        numbered = (python for python in self._spec.pythons if python.version is not None)
        return [python.key for python in numbered if self._starting(python, asked) is not None]

    def _substitutions(self, instead: Mapping[str, Sequence[Combination]]) -> Iterator[Substitution]:
        for each in self._every.values():
            asked = instead.get(each.id.id)
            if asked is not None:
                yield Substitution(
                    environment=each.id.id,
                    instead_of=tuple(preferred.id.id for preferred in asked),
                    assumed=(each.scrapy.label, each.python.key) not in self._spec.pins,
                )

    def _unasked(self, missing: Sequence[Combination], unanswered: Sequence[Combination]) -> Iterator[Unasked]:
        if missing:
            yield Unasked(
                platform=self._platform,
                cause="python-missing",
                pythons=tuple(dict.fromkeys(each.python.key for each in missing)),
                scrapys=self._releases(missing),
            )
        groups: dict[str, list[Combination]] = {}
        for each in unanswered:
            # Releases whose newest Python is the same have one cause.
            groups.setdefault("".join(self._would_do(each)[-1:]), []).append(each)
        for group in groups.values():
            # Told is what would do for all of them.
            common = set.intersection(*(set(self._would_do(each)) for each in group))
            yield Unasked(
                platform=self._platform,
                cause="release-needs-python",
                pythons=tuple(python.key for python in self._spec.pythons if python.key in common),
                scrapys=self._releases(group),
            )

    def _releases(self, asked: Sequence[Combination]) -> tuple[str, ...]:
        labels = {each.scrapy.label for each in asked}
        return tuple(scrapy.label for scrapy in self._spec.scrapys if scrapy.label in labels)
