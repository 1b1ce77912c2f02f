"""A program that ends with an exception."""

from kit.program import Program


class ProgramRaises(Program):
    helpers = ()

    def main(self):
        raise LookupError("on purpose")
