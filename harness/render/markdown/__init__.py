"""reports/matrix.md, section by section, under a limit of bytes."""
