"""What a process of a target writes for the harness, a line a fact; and its network, which is refused.

It needs Python 3.6 alone. `SuiteRun.hear` in `_suite.py` takes the lines, so that what was finished is kept whatever
comes then.
"""

import asyncio
import errno
import json
import os
import socket
import sys
import warnings

with open(os.environ["COMPAT_LANE_FILE"], encoding="utf-8") as _file:
    LANE = json.load(_file)
_LINES = os.open(LANE["lines"], os.O_WRONLY | os.O_APPEND)
refused = []
"""Hosts that were asked for, and refused."""
_LOCAL = ("localhost", "localhost.localdomain", "ip6-localhost", "0.0.0.0", "::", "")


def write(kind, **content):
    """Write one line, whole."""
    line = json.dumps(dict(content, kind=kind, pid=os.getpid())).encode("ascii") + b"\n"
    while line:
        line = line[os.write(_LINES, line) :]


def name_of(thing):
    """Dotted name of the class of an object, None for None."""
    return None if thing is None else "%s.%s" % (type(thing).__module__, type(thing).__name__)


def installed_reactor():
    """The installed reactor; never installs one, as importing it would."""
    return sys.modules.get("twisted.internet.reactor")


def lane_facts():
    """Reactor, loop and policy of this process as dotted class names."""
    reactor = installed_reactor()
    loop = getattr(reactor, "_asyncioEventloop", None) if reactor is not None else asyncio._get_running_loop()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        policy = asyncio.get_event_loop_policy() if hasattr(asyncio, "get_event_loop_policy") else None
    return {"reactor": name_of(reactor), "loop": name_of(loop), "policy": name_of(policy)}


class NoNetworkError(OSError):
    """Code of a target asked for something outside this machine."""


def refuse_network():
    """Refuse what leaves the machine. Sockets that a loop written in C opens itself are not seen."""
    if LANE["network"]:
        return
    if hasattr(sys, "addaudithook"):
        sys.addaudithook(_audited)  # novermin  (asked for above)
    else:
        _wrap_sockets()


def _audited(event, arguments):
    if event == "socket.connect" or event == "socket.sendto":
        _refuse_address(arguments[-1])
    elif event == "socket.getaddrinfo" or event == "socket.gethostbyname":
        _refuse_name(arguments[0])


def _refuse_address(address):
    if isinstance(address, tuple) and not _is_local(address[0]):
        _tell(address[0])
        raise NoNetworkError(errno.ENETUNREACH, "no network in a cell of scrapy-compat: %s" % (address[0],))


def _refuse_name(host):
    if host is not None and not _is_local(host):
        _tell(host)
        raise socket.gaierror(socket.EAI_NONAME, "no network in a cell of scrapy-compat: %s" % (host,))


def _tell(host):
    refused.append(str(host))
    write("network", host=str(host))


def _wrap_sockets():
    """The same for Python 3.6 and 3.7; who has the functions by another name already goes by unseen."""

    def wrapped(function, look):
        def call(*arguments, **named):
            look(*arguments, **named)
            return function(*arguments, **named)

        return call

    for name in ("getaddrinfo", "gethostbyname"):
        setattr(socket, name, wrapped(getattr(socket, name), lambda host, *_, **__: _refuse_name(host)))
    for name in ("connect", "connect_ex", "sendto"):
        looked = wrapped(getattr(socket.socket, name), lambda _, *arguments: _refuse_address(arguments[-1]))
        setattr(socket.socket, name, looked)


def _is_local(host):
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    return host in _LOCAL or host.startswith("127.") or host == "::1" or host == socket.gethostname()
