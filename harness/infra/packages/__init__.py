"""Packages: `index` asks the package index, `uv` resolves and installs; `index_settings` says which index that is."""
