"""No credential in what is stored: every form in which one may come, and what is left alone."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.infra.redaction import MARK, Redactor, redact, secrets_of, without_users

NOWHERE = {"UV_CONFIG_FILE": "/nowhere", "PIP_CONFIG_FILE": "/nowhere", "NETRC": "/nowhere"}
"""No configuration files but those of a test."""


def secrets(**environ: str) -> set[str]:
    return secrets_of({**NOWHERE, **environ})


@pytest.mark.parametrize(
    "name", ["GITHUB_TOKEN", "PGPASSWORD", "DB_PASSWD", "MYSQL_PWD", "AWS_SECRET_ACCESS_KEY", "api_key", "NPM_AUTH",
             "SESSION_COOKIE", "UV_INDEX_OURS_PASSWORD", "MAIL_PASS", "SSHPASS", "AZURE_PAT", "SERVICE_JWT",
             "SENTRY_DSN", "STORAGE_CONNECTION_STRING", "ConnectionString_Main", "DSN"],
)  # fmt: skip
def test_values_of_variables_with_secret_names_are_secrets(name: str) -> None:
    assert "correct-horse" in secrets(**{name: "correct-horse"})


def test_variables_with_other_names_and_words_numbers_and_paths_are_none(tmp_path: Path) -> None:
    found = secrets(
        HOME="/home/longer", PWD="/srv/somewhere", KEYBOARD_LAYOUT="us-international", GIT_AUTHOR_NAME="Some Person",
        TOKEN="1", COMPASS="north-by-north-west", PYTHONPATH_PATTERN="some-long-text", BYPASS="long-enough",
        SSH_KEY_FILE=str(tmp_path), TOKENIZERS_PARALLELISM="false",
    )  # fmt: skip
    assert not found


@pytest.mark.parametrize(
    ("variable", "value", "secret"),
    [
        ("UV_DEFAULT_INDEX", "https://me:open-sesame@example.org/simple", "open-sesame"),
        ("UV_INDEX", "ours=https://me:open-sesame@example.org/simple", "open-sesame"),
        ("UV_INDEX_URL", "https://tok1234@example.org/simple", "tok1234"),
        ("PIP_EXTRA_INDEX_URL", "https://a/s https://me:open%2Fsesame@example.org/simple", "open%2Fsesame"),
        ("UV_INDEX_URL", "https://dl.example.org/AbCdEf0123456789xy/simple", "AbCdEf0123456789xy"),
        ("PIP_INDEX_URL", "https://example.org/simple?access=qwerty-asdf", "qwerty-asdf"),
        ("HTTPS_PROXY", "http://me:open-sesame@proxy:3128", "open-sesame"),
        ("DATABASE_URL", "postgres://me:open-sesame@db/x", "open-sesame"),
    ],
)
def test_urls_give_their_secrets(variable: str, value: str, secret: str) -> None:
    assert secret in secrets(**{variable: value})


def test_configuration_files_give_their_secrets(tmp_path: Path) -> None:
    for name, text in {
        "uv.toml": '[[index]]\nname = "a"\nurl = "https://me:in-uv-toml@a.example/simple"\n',
        "pip.conf": "[global]\nextra-index-url =\n    https://me:in-pip-conf@b.example/simple\n",
        "netrc": "machine c.example login me password in-netrc\n",
    }.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    environ = {
        "UV_CONFIG_FILE": str(tmp_path / "uv.toml"),
        "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
        "NETRC": str(tmp_path / "netrc"),
    }
    assert {"in-uv-toml", "in-pip-conf", "in-netrc"} <= secrets_of(environ)


def test_configuration_that_is_no_text_is_no_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\xff\xfe machine \x00 [[")
    assert secrets_of(dict.fromkeys(("UV_CONFIG_FILE", "PIP_CONFIG_FILE", "NETRC"), str(broken))) == set()


@given(
    st.text("abcXYZ0189-_./+=%&\\\"'ü ", min_size=6).filter(lambda text: text.strip() == text),
    st.text("~#@\n\t\0", max_size=40),
    st.text("~#@\n\t\0", max_size=40),
)
def test_a_secret_is_found_however_it_is_written(secret: str, before: str, after: str) -> None:
    clean = Redactor([secret]).clean
    for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]):
        text = clean(f"{before}{form}{after}")
        assert text == f"{before}{MARK}{after}"
        assert clean(text) == text


def test_a_header_with_user_and_password_is_no_way_around() -> None:
    header = base64.b64encode(b"me:open-sesame").decode()
    clean = Redactor(secrets(UV_INDEX="https://me:open-sesame@example.org/")).clean
    assert clean(f"Authorization: Basic {header}") == f"Authorization: Basic {MARK}"


def test_every_line_of_a_key_is_a_secret() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nEFAASCBKcwggSjAgEAAoIBAQ\n-----END PRIVATE KEY-----"
    clean = Redactor(secrets(TLS_KEY=key)).clean
    assert "MIIEv" not in clean(f"  | {key.splitlines()[1]}\n  | more")
    assert clean(f"x {key} y") == f"x {MARK} y"


@pytest.mark.parametrize("length", range(4, 24))
def test_what_is_left_of_a_secret_where_a_text_was_cut_is_taken_out_too(length: int) -> None:
    secret = "tok-0123456789-abcdefghij"
    clean = Redactor([secret]).clean
    head, tail = secret[:length], secret[-length:]
    for mark in ("\n[... 12 bytes cut ...]\n", "\n[... 3456 characters cut ...]\n"):
        text = clean("x" * 300 + head + mark + tail + "y" * 300)
        assert text == "x" * 300 + MARK + mark + MARK + "y" * 300
    assert clean("x" * 1000 + head) == "x" * 1000 + MARK
    assert clean(tail + "x" * 500) == MARK + "x" * 500


def test_texts_without_secrets_stay_as_they_are() -> None:
    clean = Redactor(["open-sesame"]).clean
    for text in ("git+ssh://git@example.org/x.git", "https://example.org/a@b", "a@b", "Task got bad yield: <Deferred>"):
        assert clean(text) == text
    assert without_users("https://me:x@a/ https://b/") == "https://***@a/ https://b/"


def test_secrets_that_come_later_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert redact("it is swordfish-9") == "it is swordfish-9"
    monkeypatch.setenv("LATER_TOKEN", "swordfish-9")
    assert redact("it is swordfish-9") == f"it is {MARK}"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ghp_" + "a1B2" * 9, ""),
        ("github_pat_" + "11ABCDEFG0" * 5, ""),
        ("glpat-" + "x1Y2z3W4-5" * 2, ""),
        ("AKIA" + "IOSFODNN7EXAMPLE", ""),
        ('aws_secret_access_key = "' + "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", 'aws_secret_access_key = "'),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9", ""),
        ("AccountKey=" + "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1" * 2 + "==", "AccountKey="),
        ("xoxb-" + "1234567890-abc", ""),
        ("pypi-" + "AgEIcHlwaS5vcmc" * 4, ""),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END RSA PRIVATE KEY-----", ""),
    ],
)
def test_a_token_of_a_known_shape_is_found_wherever_it_stands(text: str, kept: str) -> None:
    clean = Redactor().clean
    assert clean(f"it said: {text}, and more") == f"it said: {kept}{MARK}, and more"
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "keyJack.eyJ",
        "ASIAN markets",
        "github_pattern",
        "a pypi-server of one's own",
        "sha256:" + "0a" * 32,
        "eyJlike.this",
    ],
)
def test_words_that_only_begin_like_a_token_stay(text: str) -> None:
    assert Redactor().clean(text) == text


def test_the_password_of_a_connection_string_is_a_secret_alone_too() -> None:
    value = "Server=tcp:db,1433;User ID=me;Password=open-sesame;Encrypt=True"
    assert (
        Redactor(secrets(DB_CONNECTION_STRING=value)).clean("login with open-sesame failed")
        == f"login with {MARK} failed"
    )
