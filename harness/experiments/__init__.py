"""Experiments: `lab` runs cells with changed packages; `pins` and `bisect` ask it.

A *trial* is one set of packages, made and tried.
"""
