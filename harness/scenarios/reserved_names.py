"""Which names modules in a folder of scenarios may have: the folder goes before all packages of an environment."""

from __future__ import annotations

import keyword
import sys

# Gone from newer Pythons than some environments have.
_FORMER = """
    _bootlocale aifc asynchat asyncore audioop binhex cgi cgitb chunk crypt distutils dummy_threading formatter imghdr
    imp lib2to3 macpath mailcap msilib nis nntplib ossaudiodev parser pipes smtpd sndhdr spwd sunau symbol telnetlib
    uu xdrlib
"""
# Scrapy, what it imports, and what lanes add.
_UNDER_TEST = """
    aiohttp attr attrs automat boto3 botocore cffi constantly cryptography cssselect defusedxml hyperlink httpx idna
    incremental itemadapter itemloaders jmespath lxml OpenSSL packaging parsel pkg_resources protego pyasn1 pydispatch
    queuelib rloop scrapy service_identity setuptools six tldextract twisted typing_extensions uvloop w3lib winloop
    zope
"""


def wrong_name(name: str) -> str | None:
    """Why a scenario cannot have that name; None if it can."""
    if not (name.isascii() and name.isidentifier()) or keyword.iskeyword(name):
        return "its name is not one of a module"
    if name.startswith("_"):
        return "a name with _ in front is one of a module that is no scenario"
    return hidden_by(name)


def hidden_by(name: str) -> str | None:
    """What a module of that name would hide from Scrapy and the kit; None if nothing."""
    if name == "kit":
        return "its name hides the kit that scenarios import"
    if name in sys.stdlib_module_names or name in _FORMER.split():
        return f"its name hides the module {name} of the standard library"
    if name in _UNDER_TEST.split():
        return f"its name hides the package {name}"
    return None
