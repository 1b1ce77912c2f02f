"""What a run that was merged says of the machines whose results it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one artifact held."""

    name: str
    """`shard-1-of-6`."""
    run: str
    """Id of the run on its machine."""
    started: str
    finished: str | None
    """None: it was interrupted."""
    host: Mapping[str, str]
    """What the machine said of itself."""
    environments: tuple[str, ...]
    """Ids of those that it says something of."""
    cells: int
    """Number of those that were recorded."""

    @property
    def machine(self) -> str:
        """The machine in a few words."""
        system = self.host.get("system", "an unknown system")
        return f"{system}, machine {self.host.get('id', 'unknown')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Where a merged run comes from."""

    key: str
    """Equal where the same artifacts were merged for the same plan, split alike."""
    deliveries: tuple[Delivery, ...]
    """By number of shard."""

    def of(self, origin: str | None, environment: str) -> Delivery | None:
        """The delivery that a cell came with: attested by the run `origin`, in that environment."""
        here = [each for each in self.deliveries if environment in each.environments]
        return next((each for each in here if each.run == origin), here[0] if len(here) == 1 else None)

    def cleaned(self, clean: Callable[[str], str]) -> Merged:
        """The same with every text of the hosts cleaned."""
        return replace(self, deliveries=tuple(
            replace(each, host={clean(name): clean(value) for name, value in each.host.items()})
            for each in self.deliveries
        ))  # fmt: skip
