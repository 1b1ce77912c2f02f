"""`python -m harness` is `scrapy-compat`."""

from harness.cli import main

main()
