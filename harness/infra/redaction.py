"""No credential in what is kept or shown: `redact` is what every text from outside goes through.

What a cell printed, what uv said, what an index answered may repeat any secret that this process can see. Taken for
secrets are, and replaced by `***`:

- user name and password of every URL, whoever wrote it;
- passwords, and what looks like a token in the path or query of an index, from the URLs in the environment and in
  the configuration of uv and pip, and passwords of netrc, wherever they stand, also escaped or encoded;
- values of environment variables whose names look secret (`*TOKEN*`, `*PASSWORD*`, `*_PASS`, `*SECRET*`, `*KEY*`,
  `*CONNECTION_STRING*`, `*_DSN`, ...), unless they are shorter than `GUESSED`, when they could be any word; of those
  with several parts also the password alone;
- what has the shape of a token that a known service gives out, wherever it stands: see `_SHAPES`.

There is no library for the shapes: detect-secrets has had no release since 2024 and does not know all of these,
CredSweeper brings a neural network along, and both read files for people to look through, not texts to be cleaned.
"""

from __future__ import annotations

import base64
import json
import netrc
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from harness.infra.user_files import netrc_files, pip_files, uv_files

MARK = "***"
CERTAIN = 4
"""Characters from which on the password of a URL is looked for outside of URLs: a shorter one is part of any text."""
GUESSED = 8
"""The same for the value of a variable with a secret name; from `CERTAIN` on if it has letters and digits."""

_LINE = 16
"""Characters from which on one line of a secret with several (a private key) is a secret of its own."""
_CUT = 300
"""Characters of the shortest text that may have been cut somewhere, perhaps in the middle of a secret."""

_USER = re.compile(r"(?<=://)(?!git@)[^/\s@'\"`<>]+@")
_URL = re.compile(r"[a-zA-Z][\w+.-]*://[^\s'\"`<>]+")
_PASSWORD = re.compile(r"(?im)^\s*[\w.-]*(?:password|token)\s*[=:]\s*['\"]?([^'\"\s]+)")
_CUT_MARK = re.compile(r"\n\[\.\.\. \d+ (?:bytes|characters) cut \.\.\.\]\n")
_NAME = re.compile(
    r"TOKEN(?!IZER)|PASSW|PASSPHRASE|_PWD$|SECRET|KEY(?!BOARD|MAP)|CREDENTIAL|AUTH(?!OR)|COOKIE|PRIVATE|WEBHOOK"
    r"|(?:^|_|SSH)PASS$|(?:^|_)(?:PAT|JWT|DSN)$|CONNECTION_?STRING|CONN_?STR$",
    re.IGNORECASE,
)
_PART = re.compile(r"(?i)(?:^|[;\s])(?:password|pwd|accountkey|sharedaccesskey|secret)\s*=\s*([^;\s]+)")
_SHAPES = {
    sign: re.compile(shape)
    for sign, shape in {
        **{f"gh{kind}_": rf"\bgh{kind}_[A-Za-z0-9]{{20,}}" for kind in "oprsu"},  # GitHub
        "github_pat_": r"\bgithub_pat_\w{20,}",
        "glpat-": r"\bglpat-[\w-]{20,}",
        "AKIA": r"\bAKIA[A-Z0-9]{16}\b",  # AWS
        "ASIA": r"\bASIA[A-Z0-9]{16}\b",
        "secret_access_key": r"(?<=secret_access_key)([\"']?\s*[=:]\s*[\"']?)[\w+/=]{20,}",
        "SECRET_ACCESS_KEY": r"(?<=SECRET_ACCESS_KEY)([\"']?\s*[=:]\s*[\"']?)[\w+/=]{20,}",
        "AccountKey=": r"(?<=AccountKey=)[\w+/=]{20,}",  # Azure
        "SharedAccess": r"\b(SharedAccess(?:Key|Signature)=)[\w+/%=&-]{20,}",
        "eyJ": r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?",  # JSON Web Token
        "xox": r"\bxox[abeoprs]-[\w-]{10,}",  # Slack
        "pypi-": r"\bpypi-[\w-]{50,}",
        "npm_": r"\bnpm_[A-Za-z0-9]{36}\b",
        "AIza": r"\bAIza[\w-]{35}",  # Google
        "k_live_": r"\b[rs]k_live_\w{16,}",  # Stripe
        "PRIVATE KEY-----": r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\w+/=\s]*(?:-----END [A-Z ]*PRIVATE KEY-----)?",
    }.items()
}
"""By what is looked for first, which is quick: what tokens look like. A group is what stands before one and is kept."""
_INDEX = re.compile(r"(?:UV|PIP)_\w*(?:INDEX|FIND_LINKS)", re.IGNORECASE)
_TOKEN = re.compile(r"(?=[\w.~-]*[A-Za-z])(?=[\w.~-]*\d)[\w.~-]{16,}")
_NO_SECRETS = frozenset({"__token__", "oauth2accesstoken", "token", "user", "username", "password", "git"})


class Redactor:
    """Takes certain secrets out of texts."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """`secrets`: as they are; their escaped and encoded forms are looked for as well."""
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= CERTAIN}
        # Long ones first: one may be part of another.
        self._forms = sorted(forms, key=lambda form: (-len(form), form))

    def clean(self, text: str) -> str:
        """`text` with a mark in place of every secret; cleaning it again changes nothing."""
        if "://" in text:
            text = _USER.sub(f"{MARK}@", text)
        for form in self._forms:
            if form in text:
                text = text.replace(form, MARK)
        for sign, shape in _SHAPES.items():
            if sign in text:
                text = shape.sub(lambda found: "".join(found.groups("")) + MARK, text)
        return self._ends(text) if self._forms and len(text) >= _CUT else text

    def _ends(self, text: str) -> str:
        """Also without what is left of a secret that the text was cut in the middle of."""
        marks = _CUT_MARK.findall(text)
        parts = [self._end(self._start(part)) for part in _CUT_MARK.split(text)]
        return "".join(part + mark for part, mark in zip(parts, [*marks, ""], strict=True))

    def _start(self, text: str) -> str:
        for form in self._forms:
            if text[:CERTAIN] in form:
                for length in range(len(form) - 1, CERTAIN - 1, -1):
                    if text.startswith(form[-length:]):
                        return MARK + text[length:]
        return text

    def _end(self, text: str) -> str:
        for form in self._forms:
            if text[-CERTAIN:] in form:
                for length in range(len(form) - 1, CERTAIN - 1, -1):
                    if text.endswith(form[:length]):
                        return text[:-length] + MARK
        return text


def redactor() -> Redactor:
    """Takes out the credentials that this process can see now; made once, and again when it sees others."""
    return _redactor(frozenset(os.environ.items()))


def redact(text: str) -> str:
    """`text` without the credentials that this process can see now."""
    return redactor().clean(text)


def without_users(text: str) -> str:
    """`text` with user name and password of every URL replaced by `***`, and nothing else; `git@` stays."""
    return _USER.sub(f"{MARK}@", text)


@lru_cache(maxsize=1)
def _redactor(environ: frozenset[tuple[str, str]]) -> Redactor:
    return Redactor(secrets_of(dict(environ)))


def secrets_of(environ: Mapping[str, str]) -> set[str]:
    """Every secret in an environment, and in the files that uv, pip and netrc readers would read with it."""
    found: set[str] = set()
    for name, value in environ.items():
        found.update(_of_urls(value, index=_INDEX.match(name) is not None))
        if _NAME.search(name) and _is_likely(value):
            found.update([value, *_PART.findall(value)])
    for path in (*uv_files(environ), *pip_files(environ)):
        text = _read(path)
        found.update(_of_urls(text, index=True))
        found.update(_PASSWORD.findall(text))
    for path in netrc_files(environ):
        found.update(_of_netrc(path))
    return {secret for secret in found if len(secret) >= CERTAIN and secret.lower() not in _NO_SECRETS}


def _of_urls(text: str, *, index: bool) -> Iterator[str]:
    """What is secret in the URLs of a text; in those of an index also long random parts of path and query."""
    for url in _URL.findall(text) if "://" in text else ():
        try:
            parts = urlsplit(url)
            user, password = parts.username, parts.password
        except ValueError:
            continue
        if user is not None and user != "git":
            yield user if password is None else password
            yield base64.b64encode(f"{unquote(user)}:{unquote(password or '')}".encode()).decode()
        if index:
            yield from _TOKEN.findall(parts.path)
            yield from (value for _, value in parse_qsl(parts.query))


def _of_netrc(path: Path) -> Iterator[str]:
    try:
        hosts = netrc.netrc(path).hosts
    except (OSError, ValueError, netrc.NetrcParseError):
        return
    for user, _, password in hosts.values():
        yield password or ""
        yield base64.b64encode(f"{user}:{password}".encode()).decode()


def _is_likely(value: str) -> bool:
    """Whether the value of a variable with such a name is a secret: no word, no number, no path of a file."""
    mixed = re.search(r"\d", value) is not None and re.search(r"[^\W\d]", value) is not None
    if len(value) < (CERTAIN if mixed else GUESSED):
        return False
    try:
        return not Path(value).exists()
    except (OSError, ValueError):
        return True


def _forms(secret: str) -> Iterator[str]:
    """A secret as it may be written: as it is, in a URL, in JSON, in a literal, on one line, line by line."""
    plain = unquote(secret)
    for form in (secret, plain):
        yield form
        yield quote(form, safe="")
        yield quote_plus(form)
        yield json.dumps(form)[1:-1]
        yield ascii(form)[1:-1]
        yield repr(form)[1:-1]
        yield " ".join(form.split())
        yield from (line.strip() for line in form.splitlines() if len(line.strip()) >= _LINE)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
