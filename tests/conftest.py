"""Tests that need the package index say so with `@pytest.mark.index`; without one, leave them out: `-m 'not index'`."""
