"""Where packages come from, and the way there: uv's own settings, and those of pip that uv would not read.

Many machines are configured for pip only, and `pip install` works there. uv reads nothing of that. So what is set for
pip, in the order in which pip lets one setting override another, is translated into uv's variables, once, here.
What is set for uv itself counts more: an option that uv has is not taken from pip, and where uv has an index of its
own, neither are further indexes and links of pip's.
"""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from harness.infra.user_files import pip_files, uv_files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NAMED = re.compile(r"[\w.-]+=(?=[a-z]+://)")
_SECTIONS = ("global", "install")
"""Of pip's files, those that `pip install` reads; the later one overrides, whichever file it is in."""
TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})
"""How uv and pip write that something is switched on, in small letters."""

_UV_NAMES = {
    "UV_INDEX_URL": "index-url",
    "UV_DEFAULT_INDEX": "index-url",
    "UV_EXTRA_INDEX_URL": "extra-index-url",
    "UV_INDEX": "extra-index-url",
    "UV_FIND_LINKS": "find-links",
    "UV_INDEX_STRATEGY": "index-strategy",
    "UV_INSECURE_HOST": "trusted-host",
    "UV_KEYRING_PROVIDER": "keyring-provider",
    "UV_NATIVE_TLS": "system-certs",
    "UV_SYSTEM_CERTS": "system-certs",
    "UV_NO_MANAGED_PYTHON": "no-managed-python",
    "UV_OFFLINE": "offline",
    "UV_PYTHON_DOWNLOADS": "python-downloads",
    "UV_PYTHON_PREFERENCE": "python-preference",
    "SSL_CERT_DIR": "cert-dir",
    "SSL_CERT_FILE": "cert",
    "SSL_CLIENT_CERT": "client-cert",
}
"""Variables that uv reads, by pip's name of the same thing; of two the later one counts more."""
_UV_KEYS = {"allow-insecure-host": "trusted-host", "native-tls": "system-certs", "https-proxy": "proxy"}
"""The same for keys of uv's files, where pip's name differs."""
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables of certificates that pip reads and uv does not."""
_PROXIES: tuple[str, ...] = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_PROXIES += () if sys.platform == "win32" else tuple(name.lower() for name in _PROXIES)
"""Variables of proxies; those in small letters count more, where they are others."""
_SYSTEM_STORES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where Linux systems keep the certificates that they trust."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting of uv's or pip's."""

    value: str
    origin: str
    """What set it, as a user would write it: `PIP_INDEX_URL`, `index-url in ~/.config/pip/pip.conf`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """Where packages come from, and how the way there goes."""

    index: Setting | None
    """URL of the default index; None: nothing is set, and uv's own default holds."""
    no_index: Setting | None
    """What says that no index is asked."""
    proxy: Setting | None
    """Taken from pip; proxies of the environment (`HTTPS_PROXY`) are none of these."""
    certificates: Setting | None
    """A file of certificates to trust; None: those of the system."""
    client_certificate: Setting | None
    trusted_hosts: tuple[str, ...]
    """Hosts, or `host:port`, whose certificates are not checked."""
    sources: Mapping[str, str]
    """Everything that decides which packages there are, by uv's name of it: the identity of these settings."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """For uv: what it would not read itself."""
    arguments: tuple[str, ...] = ()
    """For `uv pip`: what has no variable."""

    @property
    def described(self) -> str:
        """What is set, and what set it: `index from PIP_INDEX_URL, proxy from PIP_PROXY`."""
        parts = {"index": self.index, "no index": self.no_index, "proxy": self.proxy, "certificates": self.certificates}
        set_ = [f"{name} from {setting.origin}" for name, setting in parts.items() if setting is not None]
        return ", ".join(set_) if self.index or self.no_index else ", ".join(["no index is set", *set_])

    @property
    def remedy(self) -> str:
        """What to change where the index cannot be reached."""
        origins = [setting.origin for setting in (self.no_index or self.index, self.proxy) if setting is not None]
        if not origins:
            return "set UV_DEFAULT_INDEX or pip's index-url"
        return f"change {' or '.join(origins)}" + ("" if "UV_DEFAULT_INDEX" in origins else ", or set UV_DEFAULT_INDEX")


def index_settings(environ: Mapping[str, str] | None = None) -> IndexSettings:
    """Read what the environment and the files of uv and pip say; files that cannot be read count for nothing."""
    environ = os.environ if environ is None else environ
    uv, pip = uv_settings(environ), _pip_settings(environ)
    used = {**_way(pip), **_certificates(environ, pip), **_sources(uv, pip)}
    taken = {name: setting for name, setting in used.items() if name not in uv}
    known = {**taken, **uv}
    index, no_index = known.get("index-url"), known.get("no-index")
    if no_index is not None and no_index.value.lower() not in TRUE:
        no_index = None
    variables = dict(_variables(taken))
    if not _certain(known):
        variables |= {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
    return IndexSettings(
        index=None if index is None else Setting(value=_NAMED.sub("", index.value, count=1), origin=index.origin),
        no_index=no_index,
        proxy=taken.get("proxy"),
        certificates=known.get("cert"),
        client_certificate=known.get("client-cert"),
        trusted_hosts=tuple(known["trusted-host"].value.split()) if "trusted-host" in known else (),
        sources=_identity(environ, variables, uv, no_index),
        variables=variables,
        arguments=("--no-index",) if "no-index" in taken and no_index is not None else (),
    )


def unreachable(reason: str) -> str:
    """Say that the index cannot be reached for `reason`, which setting led there, and which to change."""
    settings = index_settings()
    return f"the package index cannot be reached ({settings.described}): {reason.rstrip('.')}; {settings.remedy}"


def uv_settings(environ: Mapping[str, str]) -> dict[str, Setting]:
    """What is set for uv outside of projects, by pip's name where pip has the same; the environment overrides files."""
    found: dict[str, Setting] = {}
    for path in reversed(uv_files(environ)):
        for name, value in _uv_file(path):
            found[_UV_KEYS.get(name, name)] = Setting(value=value, origin=f"{name} in {shown_path(path)}")
    for variable, name in _UV_NAMES.items():
        if environ.get(variable, "").strip():
            found[name] = Setting(value=environ[variable].strip(), origin=variable)
    return found


def _uv_file(path: Path) -> Iterator[tuple[str, str]]:
    """The settings in a file of uv's that are lists or texts, as a variable would have them."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError, RecursionError):
        return  # What uv makes of its own broken file is for uv to say.
    indexes = [each for each in values.get("index", []) if isinstance(each, dict) and "url" in each]
    yield from (("index-url", str(each["url"])) for each in indexes if each.get("default"))
    further = " ".join(str(each["url"]) for each in indexes if not each.get("default"))
    if further:
        yield "extra-index-url", further
    pip = values.get("pip", {})
    for name, value in {**values, **(pip if isinstance(pip, dict) else {})}.items():
        if isinstance(value, (str, bool, int)):
            yield name, str(value)
        elif isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            yield name, " ".join(value)


def _pip_settings(environ: Mapping[str, str]) -> dict[str, Setting]:
    """The options of `pip install` that are set, as pip orders them: a variable before a file."""
    found: dict[str, Setting] = {}
    files = [(path, _pip_file(path)) for path in reversed(pip_files(environ))]
    for section in _SECTIONS:
        for path, parser in files:
            if parser.has_section(section):
                for name, value in parser.items(section):
                    option = name.lower().replace("_", "-")
                    found[option] = Setting(value=value.strip(), origin=f"{option} in {shown_path(path)}")
    for variable, value in environ.items():
        if variable.startswith("PIP_"):
            option = variable.removeprefix("PIP_").lower().replace("_", "-")
            if value.strip():
                found[option] = Setting(value=value.strip(), origin=variable)
    return {option: setting for option, setting in found.items() if setting.value}


def _pip_file(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return configparser.RawConfigParser()  # What pip makes of its own broken file is for pip to say.
    return parser


def _sources(uv: Mapping[str, Setting], pip: Mapping[str, Setting]) -> dict[str, Setting]:
    """What pip's settings add to where uv looks for packages."""
    if "index-url" in uv or "no-index" in uv:
        return {}
    found = {"no-index": pip["no-index"]} if "no-index" in pip else {}
    if "index-url" in pip:
        found["index-url"] = Setting(value=_absolute(pip["index-url"].value), origin=pip["index-url"].origin)
    for name in ("extra-index-url", "find-links"):
        if name in pip and not {"extra-index-url", "find-links"} & uv.keys():
            # pip only warns of a folder that is not there; uv ends.
            there = [_absolute(place) for place in pip[name].value.split() if _is_there(place)]
            if there:
                found[name] = Setting(value=" ".join(there), origin=pip[name].origin)
    if "extra-index-url" in found:
        # pip looks for the best version in all of its indexes, uv in the first that has the package.
        found["index-strategy"] = Setting(value="unsafe-best-match", origin=found["extra-index-url"].origin)
    return found


def _way(pip: Mapping[str, Setting]) -> dict[str, Setting]:
    """What pip's settings say of the way to an index."""
    found = {name: pip[name] for name in ("proxy", "trusted-host", "client-cert") if name in pip}
    if "keyring-provider" in pip and pip["keyring-provider"].value == "subprocess":
        found["keyring-provider"] = pip["keyring-provider"]
    if "proxy" in found and "://" not in found["proxy"].value:
        found["proxy"] = Setting(value=f"http://{found['proxy'].value}", origin=found["proxy"].origin)
    return found


def _certificates(environ: Mapping[str, str], pip: Mapping[str, Setting]) -> dict[str, Setting]:
    if "cert" in pip:
        return {"cert": pip["cert"]}
    named = [name for name in _CERTIFICATES if environ.get(name)]
    return {"cert": Setting(value=environ[named[0]], origin=named[0])} if named else {}


def _certain(known: Mapping[str, Setting]) -> bool:
    """Whether it is said whose certificates are trusted, or the system has none to trust."""
    # uv brings certificates of its own, pip (from 24.2) trusts the system: where a company's are.
    if {"cert", "cert-dir", "system-certs"} & known.keys():
        return True
    return sys.platform == "linux" and not any(Path(store).exists() for store in _SYSTEM_STORES)


def _variables(taken: Mapping[str, Setting]) -> Iterator[tuple[str, str]]:
    names = {
        "index-url": ("UV_DEFAULT_INDEX",),
        "extra-index-url": ("UV_INDEX",),
        "find-links": ("UV_FIND_LINKS",),
        "index-strategy": ("UV_INDEX_STRATEGY",),
        "trusted-host": ("UV_INSECURE_HOST",),
        "keyring-provider": ("UV_KEYRING_PROVIDER",),
        "cert": ("SSL_CERT_FILE",),
        "client-cert": ("SSL_CLIENT_CERT",),
        "proxy": _PROXIES,
    }
    for name, setting in taken.items():
        value = ",".join(setting.value.split()) if name == "find-links" else " ".join(setting.value.split())
        yield from ((variable, value) for variable in names.get(name, ()))


def _identity(
    environ: Mapping[str, str], variables: Mapping[str, str], uv: Mapping[str, Setting], no_index: Setting | None
) -> dict[str, str]:
    """What decides which packages there are; who asks, and by which way, does not."""
    named = {
        name: value
        for name, value in sorted({**environ, **variables}.items())
        if re.match(r"UV_(DEFAULT_INDEX|INDEX|EXTRA_INDEX|FIND_LINKS|NO_INDEX)", name)
        and not name.endswith(("_USERNAME", "_PASSWORD"))
    }
    in_files = ("index-url", "extra-index-url", "find-links", "index-strategy")
    for name in in_files:
        if name in uv and " in " in uv[name].origin:
            named[f"uv.toml {name}"] = uv[name].value
    return named | ({"no-index": "1"} if no_index is not None else {})


def _local(place: str) -> Path | None:
    """The path of a place on this machine; None: it is elsewhere."""
    if place.startswith("file:"):
        return Path(url2pathname(unquote(urlsplit(place).path)))
    return None if "://" in place else Path(place).expanduser()


def _is_there(place: str) -> bool:
    path = _local(place)
    return path is None or path.exists()


def _absolute(place: str) -> str:
    """A path that means the same in another folder; URLs stay."""
    return str(Path(place).expanduser().absolute()) if "://" not in place and not place.startswith("file:") else place


def shown_path(path: Path) -> str:
    """Return a path as a person would write it: `~/.config/pip/pip.conf`."""
    home = Path.home()
    return f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) else str(path)
