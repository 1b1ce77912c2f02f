"""New Scrapy releases for `matrix.toml`: `index` asks the package index, `editing` changes the file."""
