"""What knows nothing of cells: errors, files, programs, the package index, TOML, credentials.

To *redact* is to replace credentials in a text. A *resource* is a file that the package brings along.
"""
