"""The start of the command `scrapy-compat`, which is `python -m harness`."""

from __future__ import annotations

from harness.infra.interruption import end_at_once


def main() -> None:
    """Run the command, which it takes a moment to import."""
    end_at_once()
    from harness.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
