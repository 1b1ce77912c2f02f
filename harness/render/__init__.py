"""Reports: one view, one module a format."""
