"""What this process says of itself: class of reactor and loop, policy, versions, Python build."""

import asyncio
import platform
import sys
import warnings

from kit.mechanisms import describe


def name_of(thing):
    """Dotted name of the class of an object, None for None."""
    if thing is None:
        return None
    return "%s.%s" % (type(thing).__module__, type(thing).__name__)


def process_facts():
    """Versions and build, as reported by the imported packages themselves."""
    import scrapy
    import twisted

    return {
        "python_build": "%s %s" % (platform.python_implementation(), " ".join(sys.version.split())),
        "versions": {"scrapy": scrapy.__version__, "twisted": twisted.__version__},
    }


def attest_environment(report):
    """Import what every crawl starts with and say which versions this process really has; False if it cannot."""
    try:
        import scrapy.crawler  # noqa: F401
    except BaseException as error:
        report.write(dict(describe(error), type="unusable"))
        return False
    report.write(dict(process_facts(), type="environment"))
    return True


def installed_reactor():
    """The installed reactor, None where there is none. Never installs one, as importing it would."""
    return sys.modules.get("twisted.internet.reactor")


def current_loop():
    """The loop that this crawl runs in: that of the asyncio reactor, else the one running here, else None."""
    reactor = installed_reactor()
    if reactor is not None:
        return getattr(reactor, "_asyncioEventloop", None)
    return asyncio._get_running_loop()


def lane_facts():
    """Reactor, loop and policy of the running crawl as dotted class names; call it from inside the crawl."""
    with warnings.catch_warnings():
        # Deprecated from Python 3.14 on, and still the only way to learn what a setting has changed.
        warnings.simplefilter("ignore")
        policy = asyncio.get_event_loop_policy() if hasattr(asyncio, "get_event_loop_policy") else None
    return {"reactor": name_of(installed_reactor()), "loop": name_of(current_loop()), "policy": name_of(policy)}
