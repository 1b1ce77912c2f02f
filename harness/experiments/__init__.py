"""Experiments: `lab` runs cells with changed packages; `pins`, `bisect` and `exchange_lab` ask it.

A *trial* is one set of packages, made and tried. To *exchange* a package is to take the version that another
environment has.
"""
