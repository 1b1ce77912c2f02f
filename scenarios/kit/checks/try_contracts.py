"""Does `scrapy check` pass for every spider of the target that has contracts, as the settings of its project say?"""

from _project import AS_ITS_SETTINGS_SAY, try_spiders
from kit.program import Program


class TryContracts(Program):
    """Checks each spider by itself; a contract that asks for another machine is told as such."""

    helpers = ()
    lanes = "default"
    core = False

    def main(self):
        try_spiders(self.cells[0], AS_ITS_SETTINGS_SAY, "contracts")
