"""The catalogue of scenario files: what each asks, read from its source without running it."""
