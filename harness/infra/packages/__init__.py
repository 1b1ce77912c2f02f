"""Packages: `index` asks the package index, `uv` resolves and installs."""
