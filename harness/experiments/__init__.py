"""Experiments: `lab` runs cells with changed packages; `pins` and `bisect` ask it."""
