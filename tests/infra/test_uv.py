"""harness.infra.packages.uv: failures told apart by what uv 0.13 prints, and by uv itself."""
# ruff: noqa: E501 (what uv prints is quoted as it is)

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from harness.infra.packages.uv import FailureKind, explain, find_uv, run_uv
from harness.infra.process.supervisor import Completed
from harness.infra.redaction import redact

IMPOSSIBLE, UNREACHABLE = FailureKind.IMPOSSIBLE, FailureKind.UNREACHABLE

SAID = [
    pytest.param(
        """
        error: No solution found when resolving dependencies
          cause: Because the current Python version (3.6.15) does not satisfy Python>=3.9 and scrapy==2.13.4 depends on Python>=3.9, we can conclude that scrapy==2.13.4 cannot be used.
                 And because you require scrapy==2.13.4, we can conclude that your requirements are unsatisfiable.
        """,
        IMPOSSIBLE,
        "the current Python version (3.6.15) does not satisfy Python>=3.9 and scrapy==2.13.4 depends on Python>=3.9, "
        "so scrapy==2.13.4 cannot be used",
        id="python-too-old",
    ),
    pytest.param(
        """
        error: No solution found when resolving dependencies
          cause: Because uvloop==0.14.0 has no usable wheels and you require uvloop==0.14.0, we can conclude that your requirements are unsatisfiable.

        hint: Wheels are required for `uvloop` because building from source is disabled for `uvloop`
        """,
        IMPOSSIBLE,
        "uvloop==0.14.0 has no usable wheels",
        id="no-wheel",
    ),
    pytest.param(
        """
        error: No solution found when resolving dependencies
          cause: Because all of:
                     twisted[windows-platform]>=16.5.0rc1,<=16.5.0rc2
                     twisted[windows-platform]==20.3.0rc1
                 depend on twisted>=16.5.0rc1, we can conclude that twisted[windows-platform]<=20.3 cannot be used.
                 And because you require twisted[windows-platform] and twisted==26.10.0, we can conclude that your requirements are unsatisfiable.
        """,
        IMPOSSIBLE,
        "you require twisted[windows-platform] and twisted==26.10.0",
        id="many-releases",
    ),
    pytest.param(
        """
        error: Failed to build `cryptography==2.0`
          cause: The build backend returned an error
          cause: Call to `setuptools.build_meta:__legacy__.get_requires_for_build_wheel` failed (exit status: 1)
                 [stderr]
                 Traceback (most recent call last):
                   File "<string>", line 15, in <module>
                 Connection refused while the network was disabled
                 ModuleNotFoundError: No module named 'pkg_resources'
        hint: This error likely indicates that `cryptography@2.0` depends on `pkg_resources`
        """,
        IMPOSSIBLE,
        "Failed to build `cryptography==2.0`: ModuleNotFoundError: No module named 'pkg_resources'",
        id="build-failed",
    ),
    pytest.param(
        """
        error: Failed to download `enum34==1.1.10`
          cause: Hash mismatch for `enum34==1.1.10`
                 Expected:
                   sha256:00
        """,
        IMPOSSIBLE,
        "Failed to download `enum34==1.1.10`: Hash mismatch for `enum34==1.1.10`",
        id="hash-mismatch",
    ),
    pytest.param(
        """
        error: Request failed after 3 retries in 8.8s
          cause: Failed to fetch: http://127.0.0.1:9/simple/scrapy/
          cause: client error (Connect)
          cause: Connection refused (os error 111)
        """,
        UNREACHABLE,
        "Request failed after 3 retries in 8.8s: Failed to fetch: http://127.0.0.1:9/simple/scrapy/: "
        "Connection refused (os error 111)",
        id="connection-refused",
    ),
    pytest.param(
        """
        error: No solution found when resolving dependencies
          cause: Because scrapy was not found in the cache and you require scrapy==2.13.4, we can conclude that your requirements are unsatisfiable.

        hint: Packages were unavailable because the network was disabled.
        """,
        UNREACHABLE,
        "scrapy was not found in the cache and you require scrapy==2.13.4",
        id="offline",
    ),
    pytest.param(
        """
        error: No solution found when resolving dependencies
          cause: Because scrapy was not found in the package registry and you require scrapy==2.13.4, we can conclude that your requirements are unsatisfiable.

        hint: An index URL (http://127.0.0.1:8766/simple) could not be queried due to a lack of valid authentication credentials (401 Unauthorized)
        """,
        UNREACHABLE,
        "scrapy was not found in the package registry and you require scrapy==2.13.4",
        id="no-credentials",
    ),
    pytest.param(
        """
        error: Failed to download and build `scrapy @ git+http://127.0.0.1:9/x.git`
          cause: Git operation failed
          cause: failed to clone into: git-v2/db/d24da47c3c9ed1c1
          cause: process didn't exit successfully: `git fetch` (exit status: 128)
                 --- stderr
                 fatal: unable to access 'http://127.0.0.1:9/x.git/': Failed to connect to 127.0.0.1 port 9
        """,
        UNREACHABLE,
        "Failed to download and build `scrapy @ git+http://127.0.0.1:9/x.git`: "
        "fatal: unable to access 'http://127.0.0.1:9/x.git/': Failed to connect to 127.0.0.1 port 9",
        id="git",
    ),
    pytest.param(
        """
        error: Failed to write to the client cache
          cause: failed to write to file `cache/simple/x`: No space left on device (os error 28)
        """,
        FailureKind.STORAGE,
        "Failed to write to the client cache: failed to write to file `cache/simple/x`: "
        "No space left on device (os error 28)",
        id="disk-full",
    ),
    pytest.param(
        "error: unexpected argument '--nope' found",
        FailureKind.UNKNOWN,
        "unexpected argument '--nope' found",
        id="usage",
    ),
]


def failed(stderr: str, *, timed_out: bool = False) -> Completed:
    return Completed(
        returncode=1, signal=None, stdout="", stderr=textwrap.dedent(stderr), timed_out=timed_out, seconds=12.0
    )


@pytest.mark.parametrize(("said", "kind", "reason"), SAID)
def test_a_failure_is_told_by_what_uv_says(said: str, kind: FailureKind, reason: str) -> None:
    failure = explain(failed(said))
    assert (failure.kind, failure.reason) == (kind, reason)
    assert failure.text == textwrap.dedent(said).strip()


def test_a_reason_is_one_line_of_bounded_length() -> None:
    failure = explain(failed("error: " + "word " * 200))
    assert len(failure.reason) <= 300
    assert failure.reason.endswith("...")


def test_silence_has_a_reason_too() -> None:
    assert explain(failed("")).reason == "uv ended with 1"


def test_a_passed_deadline_says_nothing_about_the_packages() -> None:
    failure = explain(failed("Building lxml", timed_out=True))
    assert failure.kind is UNREACHABLE
    assert failure.reason == "uv did not finish within 12 s"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("see https://user:secret@example.org/simple now", "see https://***@example.org/simple now"),
        ("git+https://token@example.org/x.git", "git+https://***@example.org/x.git"),
        ("git+ssh://git@example.org/x.git", "git+ssh://git@example.org/x.git"),
        ("https://example.org/a@b", "https://example.org/a@b"),
    ],
)
def test_credentials_are_redacted(text: str, redacted: str) -> None:
    assert redact(text) == redacted
    assert redact(redacted) == redacted


def test_uv_is_there_and_answers(tmp_path: Path) -> None:
    assert Path(find_uv()).exists()
    done = run_uv(["--version"], cwd=tmp_path, deadline=60)
    assert done.stdout.startswith("uv ")
