"""A program that starts nothing."""

from kit.program import Program


class ProgramDoesNothing(Program):
    def main(self):
        pass
