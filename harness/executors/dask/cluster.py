"""A Dask cluster as the command line names it: its scheduler, and the certificates of its TLS."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.infra.errors import ConfigurationError, ExitCode, HarnessError

if TYPE_CHECKING:
    from distributed import Client, Security

EXTRA = "scrapy-compat-harness[dask]"
CONNECT = 15.0
"""Seconds in which a scheduler has to answer."""


class SchedulerLostError(HarnessError):
    """The scheduler is gone, or has forgotten this run."""

    exit_code = ExitCode.INCOMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The scheduler of a cluster, and how to speak with it."""

    address: str
    """`tcp://HOST:PORT` or `tls://HOST:PORT`."""
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        """`ConfigurationError` where the parts do not fit together, or Dask is not there."""
        need_distributed()
        scheme, separator, rest = self.address.partition("://")
        if scheme not in {"tcp", "tls"} or not separator or not rest.rpartition(":")[2].isdecimal():
            raise ConfigurationError(
                value=f"--scheduler {self.address}",
                cause="is no address of a scheduler",
                action="write tcp://HOST:PORT or tls://HOST:PORT, as `dask scheduler` prints it",
            )
        files = (self.ca_file, self.certificate, self.key)
        if any(file is None for file in files) if scheme == "tls" else any(files):
            raise ConfigurationError(
                value=f"--scheduler {self.address}",
                cause="tls:// needs all of --tls-ca-file, --tls-cert and --tls-key, and tcp:// none of them",
                action="name the three files, or leave them out",
            )
        for file in files:
            if file is not None and not file.is_file():
                raise ConfigurationError(value=str(file), cause="there is no such file", action="name one that is")

    def security(self) -> Security:
        """The certificates, for whichever side of a connection this process is."""
        from distributed import Security

        if self.ca_file is None:
            return Security(require_encryption=False)
        files = {
            f"tls_{role}_{what}": str(file)
            for role in ("client", "worker")
            for what, file in (("cert", self.certificate), ("key", self.key))
        }
        return Security(require_encryption=True, tls_ca_file=str(self.ca_file), **files)

    def client(self) -> Client:
        """A connection; `ConfigurationError` where no scheduler answers."""
        from distributed import Client

        quieten()
        try:
            return Client(
                self.address,
                security=self.security(),
                timeout=CONNECT,
                set_as_default=False,
                name="scrapy-compat",
                direct_to_workers=False,
            )
        except (OSError, ValueError, TimeoutError) as error:
            raise self.unreachable(error) from error

    def unreachable(self, error: BaseException) -> ConfigurationError:
        """The error that says that no scheduler answers."""
        said = " ".join(str(error).split()) or type(error).__name__
        return ConfigurationError(
            value=f"--scheduler {self.address}",
            cause=f"no scheduler answers there: {said}",
            action="start one with `dask scheduler`, and see that both sides use TLS or neither does",
        )


def need_distributed() -> None:
    """`ConfigurationError` where the optional library is not installed."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(
            value="Dask distributed", cause=f"is not installed ({error})", action=f"pip install '{EXTRA}'"
        ) from error


def quieten() -> None:
    """What Dask logs of lost connections is said by errors of ours, once and in words."""
    with suppress(ImportError):
        import distributed  # noqa: F401  (it sets the levels when it is imported)
    for name in ("distributed", "tornado"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
        for other in list(logging.root.manager.loggerDict):
            if other.startswith(f"{name}."):
                logging.getLogger(other).setLevel(logging.CRITICAL)
