"""The command that makes this machine a worker of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import cloup

from harness.cli.command_group import Section
from harness.cli.options import jobs_option, scheduler_options
from harness.cli.output import print_lines
from harness.infra.errors import ConfigurationError, ExitCode

if TYPE_CHECKING:
    from harness.executors.dask.cluster import Cluster

SECTION = Section.MEASURE


@cloup.command("worker")
@scheduler_options
@click.option(
    "--platform",
    multiple=True,
    metavar="NAME",
    help="A platform to offer: this machine's own, which is the default, or, on Linux, wine. May be repeated.",
)
@click.option("--python", multiple=True, metavar="GLOB", help="Offer only these: 3.12, '3.1*'. Default: all found.")
@jobs_option
def worker_command(platform: tuple[str, ...], python: tuple[str, ...], jobs: int, cluster: Cluster | None) -> int:
    """Run cells for the users of a cluster until Ctrl-C.

    It offers the Pythons that it finds, and gets only environments that it can run. Whoever reaches the scheduler can
    run any code here: on a network that is not yours alone, use tls://.

    \b
    Examples:
      scrapy-compat worker --scheduler tcp://192.0.2.7:8786
      scrapy-compat worker --scheduler tls://lab:8786 --tls-ca-file ca.pem --tls-cert me.pem --tls-key me.key -j 4
    """
    if cluster is None:
        raise ConfigurationError(
            value="--scheduler", cause="is missing", action="name the scheduler: tcp://HOST:PORT, as it prints it"
        )
    from harness.commands.worker import serve

    serve(cluster, platform, python, jobs=jobs, say=lambda line: print_lines(iter([line])))
    return ExitCode.COMPLETE
