"""What is read of a target from its files, each written as people write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.infra.errors import ConfigurationError
from harness.targets.declarations import Declarations, read_declarations
from harness.targets.settings import TargetSettings, read_settings
from tests.support.made_targets import PYPROJECT, make_target

LANES = ("default", "asyncio-default")


def read(folder: Path, **files: str) -> Declarations:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".").replace("_DASH_", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_declarations(folder, read_settings(folder, LANES, asked="it"), asked="it", called=folder.name)


def test_what_stands_in_a_pyproject_is_read_with_the_place_where_it_stands(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        pyproject_DOT_toml="""
            [project]
            name = "Scrapy_Thing"
            version = "3"
            requires-python = ">=3.9"
            dependencies = ["scrapy>=2.8,<3", "w3lib"]
            classifiers = ["Programming Language :: Python :: 3.9", "Programming Language :: Python :: 3"]
            [dependency-groups]
            base = ["pytest-twisted"]
            test = [{include-group = "base"}, "pytest>=8"]
            [tool.pytest.ini_options]
            testpaths = ["checks"]
        """,
    )
    assert (found.name, found.version) == ("scrapy-thing", "3")
    assert str(found.requires_python) == ">=3.9"
    assert str(found.scrapy) == "<3,>=2.8"
    assert found.classifiers == ("3.9",)
    assert found.test_requirements == ("pytest-twisted", "pytest>=8")
    assert found.arguments == ()
    assert found.has_tests
    assert found.read_from["scrapy"] == "pyproject.toml: project.dependencies"
    assert found.read_from["test_requirements"] == "pyproject.toml: dependency-groups.test"


def test_a_group_of_linters_is_not_taken_for_that_of_the_tests(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        pyproject_DOT_toml='[dependency-groups]\ndev = ["ruff"]\n[project.optional-dependencies]\ntests = ["pytest<9"]',
    )
    assert found.test_requirements == ("pytest<9",)


def test_an_old_setup_py_is_read_without_being_run(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        setup_DOT_py=f"""
from setuptools import setup
open({str(tmp_path / "ran")!r}, "w")
needs = ["Scrapy>=1.0", "six"]
setup(name="old", version="0.1", install_requires=needs, python_requires=">=3.6", extras_require={{"test": ["mock"]}})
""",
        tests__test_it_DOT_py="",
    )
    assert not (tmp_path / "ran").exists()
    assert (found.name, found.version, str(found.scrapy), str(found.requires_python)) == (
        "old",
        "0.1",
        ">=1.0",
        ">=3.6",
    )
    assert found.test_requirements == ("mock", "pytest")
    assert found.arguments == ("tests",)


def test_tox_says_what_tests_need_and_which_variables_they_have(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        setup_DOT_cfg="[metadata]\nname = thing\nversion = attr: thing.__version__\n",
        tox_DOT_ini="""
[testenv]
deps =
    -r tests/requirements.txt
    pytest>=7  # for the tests
    py38: scrapy==2.0
setenv =
    REACTOR=asyncio
    OTHER={envdir}
""",
        tests__requirements_DOT_txt="testfixtures\n-r ../../outside.txt\n# nothing\n",
    )
    assert found.test_requirements == ("testfixtures", "pytest>=7")
    assert found.environment == {"REACTOR": "asyncio"}
    assert found.version is None
    assert found.read_from["environment"] == "tox.ini: testenv.setenv"


def test_of_files_that_cannot_be_read_nothing_is_taken(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_bytes(b"\xff\xfe")
    found = read(tmp_path, setup_DOT_py="setup(", tox_DOT_ini="no section")
    assert found.name == tmp_path.name.replace("_", "-").lower()
    assert not found.has_tests


@pytest.mark.parametrize("name", ["/etc/plugin", "../outside", "a b"])
def test_a_name_that_no_index_takes_is_not_taken_for_a_path(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "My plugin"
    folder.mkdir()
    assert read(folder, pyproject_DOT_toml=f'[project]\nname = "{name}"\n').name == "my-plugin"


def test_a_folder_that_nothing_can_be_built_from_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"it: is no project: none of pyproject.toml, setup.py, setup.cfg"):
        read(tmp_path, tests__test_it_DOT_py="")


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"tests__test_it_DOT_py": ""}, "the folder tests"),
        (
            {"pytest_DOT_ini": "[pytest]\ntestpaths = tests\n"},
            "its own settings say where tests are: pytest.ini: pytest.testpaths",
        ),
    ],
)
def test_where_the_tests_are_is_told_with_what_says_it(tmp_path: Path, files: dict[str, str], place: str) -> None:
    assert read(tmp_path, setup_DOT_cfg="", **files).read_from["arguments"] == place


def test_paths_that_are_given_stand_in_place_of_those_that_were_found(tmp_path: Path) -> None:
    found = read(tmp_path, setup_DOT_cfg="", tests__test_a_DOT_py="", tests__test_b_DOT_py="")
    assert found.given(("-k", "x"), tmp_path).arguments == ("tests", "-k", "x")
    assert found.given(("tests/test_a.py::test_it",), tmp_path).arguments == ("tests/test_a.py::test_it",)


def test_what_tests_need_can_be_named_beside_what_was_found(tmp_path: Path) -> None:
    found = read(tmp_path, setup_DOT_cfg="")
    assert found.needing(("pytest-twisted",)).test_requirements == ("pytest", "pytest-twisted")
    with pytest.raises(ConfigurationError, match="--with a b: is no requirement"):
        found.needing(("a b",))


def test_settings_go_before_what_was_found(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        pyproject_DOT_toml="""
            [tool.scrapy-compat]
            tests = "unit"
            requires = ["pytest<9"]
            extras = ["s3"]
            env = {MODE = "fast"}
            [[tool.scrapy-compat.deselect]]
            test = "unit/test_a.py::test_slow"
            reason = "takes an hour"
        """,
        tox_DOT_ini="[testenv]\ndeps = mock\nsetenv = MODE=slow",
        unit__test_a_DOT_py="",
    )
    assert found.test_requirements == ("pytest<9",)
    assert found.environment == {"MODE": "fast"}
    assert found.arguments == ("--deselect=unit/test_a.py::test_slow", "unit")


@pytest.mark.parametrize(
    ("written", "value", "right"),
    [
        ('lanes = ["asyncio-defualt"]', "tool.scrapy-compat.lanes", "asyncio-default"),
        ('test = ["a"]', "tool.scrapy-compat", "tests"),
        ('requires = ["a b c"]', "tool.scrapy-compat", "requirement"),
        ("timeout = -1", "tool.scrapy-compat.timeout", ""),
        ('deselect = [{test = "a"}]', "tool.scrapy-compat.deselect", "reason"),
        ('tests = ["unit"]', "tool.scrapy-compat.tests", "files or folders of the target"),
    ],
)
def test_a_wrong_setting_is_told_with_file_key_and_what_would_be_right(
    tmp_path: Path, written: str, value: str, right: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.scrapy-compat]\n{written}\n")
    with pytest.raises(ConfigurationError) as told:
        read_settings(tmp_path, LANES, asked="./plugin")
    assert str(Path("plugin/pyproject.toml")) in str(told.value)
    assert value in str(told.value)
    assert right in str(told.value)


def test_other_tools_may_write_what_they_like_beside_them(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.black]\nline-length = 3\n[other]\nx = 1\n")
    assert read_settings(tmp_path, LANES, asked="it") == TargetSettings()


def test_a_branch_is_inside_and_a_release_or_a_python_may_be_outside(tmp_path: Path) -> None:
    folder = make_target(tmp_path / "plugin", {}, PYPROJECT.replace("scrapy>=2.6", "scrapy>=2.6,<2.17"))
    settings = read_settings(folder, [], asked="plugin")
    declared = read_declarations(folder, settings, asked="plugin", called="plugin")
    inside = [(python, scrapy) for python in ("3.7", "3.8") for scrapy in ("2.5.1", "2.6.3", "2.17.0", "master")
              if declared.allows(python, scrapy)]  # fmt: skip
    assert inside == [("3.8", "2.6.3"), ("3.8", "master")]
