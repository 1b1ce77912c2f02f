"""Pure functions over known cells: blocks, ranges, rules, minimal pairs, differences. None knows of claims.

A *block* here is every combination of some values of each axis (`CellBlock`), and to *fold* is to write cells as few
blocks. A *range* is neighbouring releases. A *rule* gives an outcome to a block; a later one is an exception to those
before it. A *minimal pair* is two cells that differ on one axis: if their results differ, that axis is a cause.
"""
