"""A program of which nothing is noted, and that logs why."""

import logging

from kit.program import Program


class ProgramLogsWhy(Program):
    def main(self):
        logging.getLogger("plugin").error("the plugin did nothing")
