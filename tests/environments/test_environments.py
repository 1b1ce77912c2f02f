"""harness.environments.provider with real uv, a real interpreter and small packages from an index on loopback."""

from __future__ import annotations

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from harness.environments.install import python_of, site_packages
from harness.environments.provider import EnvironmentProvider, clean
from harness.interpreters.interpreter import Interpreters
from harness.interpreters.search import find_interpreters
from harness.model.outcome import Outcome
from tests.support.environments import (  # noqa: F401
    KEY,
    PLANNED,
    ask,
    files_in,
    folder_of,
    index_fixture,
    interpreters_fixture,
    place_fixture,
    provider_fixture,
)
from tests.support.packages import Index, wheel


def test_an_environment_has_its_packages_versions_and_lock(provider: EnvironmentProvider) -> None:
    provided = provider.provide(PLANNED)
    assert ask(provided, "spam.VERSION") == "1.0"
    result = provided.result
    assert (result.status, result.reason, result.detail) == (None, None, None)
    assert result.versions == {"eggs": "2.0", "spam": "1.0", "python_build": " ".join(sys.version.split())}
    assert "eggs==2.0" in result.lock
    assert result.interpreter.endswith(result.versions["python_build"])
    assert (result.id, result.platform, result.python, result.profile) == (PLANNED.id, "linux", KEY, "latest")


def test_an_environment_is_made_once_and_needs_no_index_afterwards(
    provider: EnvironmentProvider, index: Index, place: Path, interpreters: Interpreters
) -> None:
    first = provider.provide(PLANNED)
    before = files_in(folder_of(first))
    index.stop()
    again = EnvironmentProvider(place, interpreters).provide(PLANNED)
    assert again == first
    assert files_in(folder_of(again)) == before


def test_many_threads_get_one_environment(provider: EnvironmentProvider, place: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        provided = list(pool.map(provider.provide, [PLANNED] * 4))
    assert len({str(one.directory) for one in provided}) == 1
    assert len(list((place / "envs").iterdir())) == 1


def test_whatever_it_depends_on_gives_another_fingerprint(provider: EnvironmentProvider, index: Index) -> None:
    index.publish("eggs", "1.0")
    variants = [
        PLANNED,
        replace(PLANNED, profile="era"),
        replace(PLANNED, platform="darwin"),
        replace(PLANNED, constraints=("eggs<2",)),
        replace(PLANNED, requirement="spam<2"),
    ]
    fingerprints = [provider.provide(variant).result.fingerprint for variant in variants]
    assert len(set(fingerprints)) == len(variants)
    assert provider.provide(replace(PLANNED, id="another name")).result.fingerprint == fingerprints[0]


@pytest.mark.parametrize("damage", ["unfinished", "no-python", "vanished interpreter", "garbled"])
def test_a_half_made_environment_is_made_again(provider: EnvironmentProvider, damage: str) -> None:
    provided = provider.provide(PLANNED)
    folder = folder_of(provided)
    if damage == "unfinished":
        (folder / "complete.json").unlink()
        (folder / "rubbish").touch()
        shutil.rmtree(site_packages(folder / "venv"))
    elif damage == "no-python":
        python_of(folder / "venv").unlink()
    elif damage == "vanished interpreter":
        (folder / "venv" / "pyvenv.cfg").write_text(f"home = {folder / 'gone'}\n", encoding="utf-8")
    else:
        (folder / "complete.json").write_text("{")
    assert provider.provide(PLANNED) == provided
    assert ask(provided, "eggs.VERSION") == "2.0"
    assert not (folder / "rubbish").exists()


def test_a_package_that_does_not_build_makes_it_uninstallable_with_its_reason(
    provider: EnvironmentProvider, index: Index, place: Path, interpreters: Interpreters
) -> None:
    index.publish_unbuildable("bacon", "1.0")
    planned = replace(PLANNED, requirement="bacon==1.0")
    refused = provider.provide(planned)
    assert refused.result.status is Outcome.UNINSTALLABLE
    assert refused.result.reason == "Failed to build `bacon==1.0`: RuntimeError: no compiler can build this"
    assert refused.result.detail is not None
    assert "Traceback" in refused.result.detail
    assert (refused.python, refused.directory) == (None, None)
    index.stop()
    assert EnvironmentProvider(place, interpreters).provide(planned) == refused


def test_a_failure_is_tried_again_when_refreshed(
    provider: EnvironmentProvider, index: Index, place: Path, interpreters: Interpreters
) -> None:
    planned = replace(PLANNED, requirement="bacon==1.0")
    assert provider.provide(planned).result.status is Outcome.UNINSTALLABLE
    index.publish("bacon", "1.0")
    assert provider.provide(planned).result.status is Outcome.UNINSTALLABLE
    assert EnvironmentProvider(place, interpreters, refresh=True).provide(planned).result.status is None


def test_an_index_that_vanishes_between_resolving_and_installing_costs_only_this_run(
    index: Index, place: Path, interpreters: Interpreters, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    provider = EnvironmentProvider(place, interpreters)
    provided = provider.provide(PLANNED)
    shutil.rmtree(folder_of(provided))
    files = dict(index.files)
    index.stop()
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "another"))
    refused = provider.provide(PLANNED)
    assert refused.result.status is Outcome.NOT_RUN
    assert refused.result.reason is not None
    assert refused.result.reason.startswith("the package index cannot be reached")
    with Index(files) as back:
        monkeypatch.setenv("UV_DEFAULT_INDEX", back.url)
        assert provider.provide(PLANNED).result.status is None


def test_a_missing_interpreter_is_said_with_what_to_do(provider: EnvironmentProvider) -> None:
    result = provider.provide(replace(PLANNED, python="3.77")).result
    assert result.status is Outcome.MISSING_INTERPRETER
    assert result.reason is not None
    assert "uv python install 3.77" in result.reason


def test_what_the_plan_excludes_is_not_made(provider: EnvironmentProvider, place: Path) -> None:
    excluded = replace(PLANNED, status=Outcome.EXCLUDED, reason="does not start on 3.13")
    result = provider.provide(excluded).result
    assert (result.status, result.reason) == (Outcome.EXCLUDED, "does not start on 3.13")
    assert not (place / "envs").exists()


def test_an_archive_is_installed_anew_when_it_changes(
    provider: EnvironmentProvider, place: Path, interpreters: Interpreters, tmp_path: Path
) -> None:
    archive = tmp_path / "spam-1.0-py3-none-any.whl"
    archive.write_bytes(wheel("spam", "1.0", files={"spam.py": "VERSION = 'first'"}))
    planned = replace(PLANNED, requirement=f"spam @ {archive.as_uri()}")
    first = provider.provide(planned)
    assert ask(first, "spam.VERSION") == "first"
    archive.write_bytes(wheel("spam", "1.0", files={"spam.py": "VERSION = 'second'"}))
    # A provider takes what it has seen for granted while a run lasts.
    second = EnvironmentProvider(place, interpreters).provide(planned)
    assert ask(second, "spam.VERSION") == "second"
    assert second.result.fingerprint != first.result.fingerprint


def test_a_checkout_is_installed_anew_when_it_changes_and_with_what_it_needs(
    index: Index, place: Path, interpreters: Interpreters, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "backend.py").write_text(
        "import shutil\n"
        "def build_wheel(directory, config_settings=None, metadata_directory=None):\n"
        "    shutil.copy('made.whl', directory + '/spam-1.0-py3-none-any.whl')\n"
        "    return 'spam-1.0-py3-none-any.whl'\n"
    )
    (tree / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "spam"\nversion = "1.0"\ndependencies = ["eggs"]\n'
    )
    for text in ("first", "second"):
        content = wheel("spam", "1.0", files={"spam.py": f"VERSION = {text!r}"}, requires=["eggs"])
        (tree / "made.whl").write_bytes(content)
        planned = replace(PLANNED, requirement=f"spam @ {tree.as_uri()}")
        provided = EnvironmentProvider(place, interpreters).provide(planned)
        assert ask(provided, "spam.VERSION") == text
        assert provided.result.versions["eggs"] == "2.0"


def test_compiled_modules_are_shared_between_environments(provider: EnvironmentProvider) -> None:
    first = provider.provide(PLANNED)
    ask(first, "spam.VERSION")
    assert provider.collect(first) == 1
    second = provider.provide(replace(PLANNED, profile="era"))
    assert first.directory != second.directory
    compiled = list(site_packages(folder_of(second) / "venv").rglob("spam.*.pyc"))
    assert len(compiled) == 1


def test_no_credentials_are_kept_and_yet_they_are_used(
    provider: EnvironmentProvider, index: Index, place: Path
) -> None:
    host = f"127.0.0.1:{index.port}"
    planned = replace(PLANNED, requirement=f"spam @ http://someone:open-sesame@{host}/files/spam-1.0-py3-none-any.whl")
    provided = provider.provide(planned)
    assert ask(provided, "spam.VERSION") == "1.0"
    assert "open-sesame" not in repr(provided)
    for path in place.rglob("*"):
        assert not (path.is_file() and b"open-sesame" in path.read_bytes()), path


def test_what_was_not_used_for_long_is_cleaned_and_the_rest_kept(
    provider: EnvironmentProvider, index: Index, place: Path
) -> None:
    index.publish("loop", "1.0")
    provided = provider.provide(PLANNED, ["loop"])
    assert clean(place, unused_for=3600) == []
    assert len(clean(place)) == 2
    assert not folder_of(provided).exists()
    assert provider.provide(PLANNED, ["loop"]) == provided
    assert clean(place / "never-made") == []


@pytest.mark.index
@pytest.mark.python36
def test_the_oldest_scrapy_is_made_with_the_packages_of_its_time(tmp_path: Path) -> None:
    interpreters = find_interpreters(["3.6"])
    planned = replace(
        PLANNED,
        python="3.6",
        requirement="scrapy==2.0.1",
        profile="era",
        exclude_newer="2020-04-23",
        exempt={"protego": "2024-12-31"},
    )
    provided = EnvironmentProvider(tmp_path, interpreters).provide(planned, ["uvloop", "rloop"])
    assert ask(provided, "scrapy.__version__") == "2.0.1"
    assert provided.result.versions["twisted"] == "20.3.0"
    assert {overlay.name: overlay.status for overlay in provided.result.overlays} == {
        "uvloop": None,
        "rloop": Outcome.UNINSTALLABLE,
    }
