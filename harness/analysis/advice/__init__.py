"""Which helper to write in a range of cells, as words and as code, and what breaks in a source.

A *segment* is neighbouring releases with what to write there, a *use* a place in a user's source where a Deferred is
awaited.
"""
