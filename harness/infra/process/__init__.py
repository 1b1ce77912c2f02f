"""Programs: `supervisor` starts, bounds and kills them, and is the only importer of `subprocess`."""
