"""What is read of a Scrapy project from the files in which people write what it needs and has locked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.infra.errors import ConfigurationError
from harness.targets.project_requirements import ProjectRequirements
from harness.targets.scrapy_project import chosen_folder, project_folders, read_project
from harness.targets.settings import TargetSettings, read_settings

CONFIG = {"scrapy.cfg": "[settings]\ndefault = shop.settings\n"}


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def read(folder: Path, files: Mapping[str, str]) -> ProjectRequirements:
    write(folder, {**CONFIG, **files})
    return read_project(folder, "", TargetSettings(), asked="it").found


def test_requirements_files_are_read_with_what_they_include_and_what_holds_them(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "requirements.txt": (
                "-r requirements/more.txt\n-c constraints.txt\n--index-url https://i.example\n"
                "scrapy==2.6.1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:01\nw3lib<2 # old\n"
                "-e ./own\ngit+https://x.example/y.git\n"
            ),
            "requirements/more.txt": "itemadapter>=0.3 ; python_version >= '3.7'\n",
            "constraints.txt": "lxml==4.9.1\n",
            ".python-version": "3.8.10\n",
        },
    )
    assert found.requires == ("itemadapter>=0.3 ; python_version >= '3.7'", "scrapy==2.6.1", "w3lib<2")
    assert found.pins == {"lxml": "4.9.1", "scrapy": "2.6.1"}
    assert found.python == "3.8"
    assert found.left_out == ("-e ./own (requirements.txt)", "git+https://x.example/y.git (requirements.txt)")
    assert found.read_from == {
        "requires": "requirements.txt",
        "pins": "requirements.txt",
        "scrapy": "requirements.txt",
        "requires_python": ".python-version",
    }


POETRY = """
[tool.poetry.dependencies]
python = "^3.8"
scrapy = "^2.6"
w3lib = "~1.22"
lxml = "*"
zope-interface = { version = "5.4", markers = "python_version < '3.12'" }
itemloaders = { version = ">=1,<2", extras = ["x"] }
own = { git = "https://x.example/own.git" }
spare = { version = "1", optional = true }
"""


def test_poetry_says_what_it_asks_for_in_words_of_its_own_and_its_lock_what_it_has(tmp_path: Path) -> None:
    lock = (
        '[[package]]\nname = "Scrapy"\nversion = "2.8.0"\n[[package]]\nname = "lxml"\nversion = "4.9.2"\n'
        '[[package]]\nname = "two"\nversion = "1"\n[[package]]\nname = "two"\nversion = "2"\n'
        '[[package]]\nname = "own"\nversion = "1"\n[package.source]\ntype = "directory"\nurl = "own"\n'
    )
    found = read(tmp_path, {"pyproject.toml": POETRY, "poetry.lock": lock})
    assert found.requires == (
        "scrapy>=2.6,<3",
        "w3lib>=1.22,<1.23",
        "lxml",
        "zope-interface==5.4 ; python_version < '3.12'",
        "itemloaders[x]>=1,<2",
    )
    assert found.pins == {"scrapy": "2.8.0", "lxml": "4.9.2"}
    assert str(found.requires_python) in {">=3.8,<4", "<4,>=3.8"} or "3.8" in str(found.requires_python)
    assert found.left_out == ("own (pyproject.toml: tool.poetry.dependencies)",)
    assert found.read_from["scrapy"] == "poetry.lock"


@pytest.mark.parametrize(("files", "requires", "pins", "python", "scrapy"), [
    (
        {"Pipfile": '[packages]\nscrapy = "*"\n[requires]\npython_version = "3.9"\n',
         "Pipfile.lock": json.dumps({"default": {"Scrapy": {"version": "==2.9.0"}, "own": {"path": "."}}})},
        ("scrapy",), {"scrapy": "2.9.0"}, "3.9", "Pipfile.lock",
    ),
    (
        {"pyproject.toml": '[project]\nname = "shop"\ndependencies = ["scrapy>=2.6", "treq"]\n',
         "uv.lock": '[[package]]\nname = "scrapy"\nversion = "2.12.0"\nsource = { registry = "https://i.example" }\n'
                    '[[package]]\nname = "shop"\nversion = "1"\nsource = { virtual = "." }\n'},
        ("scrapy>=2.6", "treq"), {"scrapy": "2.12.0"}, None, "uv.lock",
    ),
    (
        {"setup.py": "from setuptools import setup\nsetup(install_requires=['Scrapy~=2.6.0'])\n",
         "runtime.txt": "python-3.10.4\n"},
        ("Scrapy~=2.6.0",), {}, "3.10", "setup.py: install_requires",
    ),
    (
        {"pyproject.toml": '[project]\nname = "shop"\ndependencies = []\n[tool.ruff]\n',
         "requirements/production.txt": "scrapy==2.7.1\n"},
        ("scrapy==2.7.1",), {"scrapy": "2.7.1"}, None, "requirements/production.txt",
    ),
])  # fmt: skip
def test_each_kind_of_file_is_read(
    tmp_path: Path,
    files: dict[str, str],
    requires: tuple[str, ...],
    pins: dict[str, str],
    python: str | None,
    scrapy: str,
) -> None:
    found = read(tmp_path, files)
    assert (found.requires, found.pins, found.python) == (requires, pins, python)
    assert found.read_from["scrapy"] == scrapy


def test_from_today_on_neither_locks_nor_upper_bounds_hold_anything(tmp_path: Path) -> None:
    write(tmp_path, {**CONFIG, "requirements.txt": "scrapy==2.6.1\nlxml==4.9.*\ntreq<23,>=22\nown @ file:///x.whl\n"})
    project = read_project(tmp_path, "", TargetSettings(), asked="it")
    assert project.today() == ("lxml==4.9.*", "treq<23,>=22", "own @ file:///x.whl")
    assert project.onwards() == ("lxml", "treq>=22", "own @ file:///x.whl")
    assert project.pins() == ()
    assert str(project.locked_scrapy) == "2.6.1"


def test_a_project_that_says_nothing_is_told_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"does not say what it needs.*requirements\.txt with a line for each"):
        read(tmp_path, {})


def test_a_scrapy_cfg_without_settings_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"scrapy.cfg": "[deploy]\nproject = shop\n", "requirements.txt": "scrapy\n"})
    with pytest.raises(ConfigurationError, match="names no settings module"):
        read_project(tmp_path, "", TargetSettings(), asked="it")


def test_a_requirements_file_beside_the_target_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("scrapy==2.0.1\n")
    found = read(tmp_path / "shop", {"requirements.txt": "-r ../secret.txt\nscrapy\n"})
    assert found.requires == ("scrapy",)


def test_one_project_in_a_subfolder_is_taken_and_of_several_one_has_to_be_chosen(tmp_path: Path) -> None:
    write(tmp_path, {"jobs/shop/scrapy.cfg": "", "requirements.txt": "scrapy\n"})
    assert chosen_folder(tmp_path, None, asked="it") == "jobs/shop"
    write(tmp_path, {"jobs/news/scrapy.cfg": ""})
    assert project_folders(tmp_path) == ["jobs/news", "jobs/shop"]
    with pytest.raises(ConfigurationError, match=r"has 2 Scrapy projects: jobs/news, jobs/shop\..*--project FOLDER"):
        chosen_folder(tmp_path, None, asked="it")
    for name in ("jobs/shop", "./jobs/shop/", "jobs/shop/scrapy.cfg"):
        assert chosen_folder(tmp_path, name, asked="it") == "jobs/shop"
    with pytest.raises(ConfigurationError, match=r"name one of jobs/news, jobs/shop"):
        chosen_folder(tmp_path, "jobs", asked="it")
    write(tmp_path, {"scrapy.cfg": ""})
    with pytest.raises(ConfigurationError, match=r"has 3 Scrapy projects: \., jobs/news, jobs/shop"):
        chosen_folder(tmp_path, None, asked="it")
    assert chosen_folder(tmp_path, ".", asked="it") == ""


def test_a_plugin_with_a_project_in_its_tests_stays_a_plugin(tmp_path: Path) -> None:
    write(tmp_path, {"tests/project/scrapy.cfg": "", "setup.py": ""})
    assert chosen_folder(tmp_path, None, asked="it") is None
    assert chosen_folder(tmp_path, "tests/project", asked="it") == "tests/project"


def test_modules_below_src_are_found_and_files_above_the_project_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "jobs/shop/scrapy.cfg": CONFIG["scrapy.cfg"],
            "jobs/shop/src/shop/settings.py": "",
            "requirements.txt": "scrapy==2.11.2\n",
        },
    )
    project = read_project(tmp_path, "jobs/shop", TargetSettings(), asked="it")
    assert (project.paths, project.package, project.has_contracts) == (("", "src"), "shop", False)
    assert project.found.read_from["requires"] == "requirements.txt"


def test_settings_of_the_tool_go_before_what_is_found(tmp_path: Path) -> None:
    write(tmp_path, {
        **CONFIG, "requirements.txt": "scrapy\n",
        "pyproject.toml": '[tool.scrapy-compat]\nrequires = ["scrapy==2.12.0"]\n'
                          '[tool.scrapy-compat.spiders.shop]\ncategory = "books"\n',
    })  # fmt: skip
    settings = read_settings(tmp_path, [], asked="it")
    assert settings.spiders == {"shop": {"category": "books"}}
    found = read_project(tmp_path, "", settings, asked="it").found
    assert found.requires == ("scrapy==2.12.0",)
    assert found.read_from["requires"] == "pyproject.toml: tool.scrapy-compat.requires"
