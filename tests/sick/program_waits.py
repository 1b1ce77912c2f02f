"""A program that never ends."""

import threading

from kit.program import Program


class ProgramWaits(Program):
    helpers = ()

    def main(self):
        threading.Event().wait()
