"""How long environments and cells are likely to take: as was measured before where something was, else by constants.

In a default plan on two busy cores an environment took 3.5 s to make (median of 48), and 8 s with its lanes started.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.ids import CellKey
from harness.plan.scenario_info import Kind

ENVIRONMENT = 3.0
"""Seconds of work to resolve, make and try an environment, as it was with packages that had been downloaded before."""
LANE = 0.5
"""The same for the process of a lane."""
CELL: Mapping[Kind, float] = {"callback": 0.004, "place": 0.025, "program": 0.7}
"""The same for a cell, by the kind of its scenario: a request, a crawl, a process or several."""
AVERAGE_CELL = 0.02
"""The same for a cell of a kind that is not known."""
MAKING = round(1000 * (ENVIRONMENT + 10 * LANE))
"""Milliseconds to make an environment and to start in it: most have about ten lanes."""
Times = Mapping[str, int]
"""Milliseconds that environments took before, by id."""
START = 3.0
"""Seconds for all that is done once: planning, looking for interpreters, the reports."""
RESERVE = 0.15
"""Part of a budget that is not planned with: what surprises is run again, and estimates are estimates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What things cost on this machine."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    """Kind by scenario; others are callbacks."""
    parallel: int = 1
    """How many processes work at the same time."""
    factor: float = 1.0
    """How much longer earlier runs took here than the constants say."""
    slow: Mapping[CellKey, float] = field(default_factory=dict)
    """Seconds that cells took which waited for a deadline before."""

    def cell(self, key: CellKey) -> float:
        """Seconds of work for a cell."""
        return max(CELL[self.kinds.get(key.scenario, "callback")], self.slow.get(key, 0.0))

    def work(self, budget: float) -> float:
        """Seconds of work that fit into so many seconds of waiting, by the constants; 0 where nothing does."""
        return max(0.0, (budget * (1 - RESERVE) - START) * self.parallel / self.factor)

    def wait(self, work: float) -> float:
        """The seconds that some work makes one wait; the other way round."""
        return START + work * self.factor / self.parallel
