"""Judges of stored results: pure functions that can be asked again without running a cell."""
