"""What knows nothing of cells: errors, files, programs, the package index, TOML, credentials."""
