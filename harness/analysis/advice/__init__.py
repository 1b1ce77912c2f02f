"""Which helper to write in a range of cells, as words and as code, and what breaks in a source."""
