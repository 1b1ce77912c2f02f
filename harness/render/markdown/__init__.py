"""Markdown, by templates and under a limit of bytes: reports/matrix.md, and what GitHub is told."""
