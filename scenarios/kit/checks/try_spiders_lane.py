"""Does every spider of the target start in this lane?"""

from _project import try_spiders
from kit.mechanisms import OVERLAYS
from kit.program import Program


class TrySpidersLane(Program):
    """Starts each spider by itself, with its requests kept back, on the lane's reactor and loop."""

    helpers = ()
    core = False

    def main(self):
        lane = {"settings": self.settings, "reactorless": self.reactorless, "forced": True, "overlays": list(OVERLAYS)}
        try_spiders(self.cells[0], lane, "spiders", self._on_running)
