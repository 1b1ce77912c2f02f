"""Does every spider of the target start, as the settings of its project say?"""

from _project import AS_ITS_SETTINGS_SAY, try_spiders
from kit.program import Program


class TrySpiders(Program):
    """Starts each spider by itself, with its requests kept back."""

    helpers = ()
    lanes = "default"
    core = False

    def main(self):
        try_spiders(self.cells[0], AS_ITS_SETTINGS_SAY, "spiders")
