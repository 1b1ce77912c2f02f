"""Pins as data: `pins.toml`, what the matrix makes of it, constraint files, and what a traceback names."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from packaging.requirements import Requirement
from packaging.version import Version

from harness.experiments.any_release import with_release_named
from harness.experiments.pins.constraint_files import constraint_file, write_constraint_file
from harness.experiments.pins.lab_trials import planned_trials
from harness.experiments.pins.pair_searches import pairs_of, with_teachers
from harness.experiments.pins.traceback_packages import modules_of, provider_of, suspects
from harness.infra import resources
from harness.infra.errors import ConfigurationError
from harness.infra.packages.index import Release
from harness.infra.resources import matrix_file, scenarios_dir
from harness.matrix.load import load_matrix, open_matrix
from harness.matrix.pin_sets import AddedPackage, Pin, PinSet, PinState
from harness.matrix.pins_file import pins_toml, read_pins
from harness.matrix.spec import NO_PINS_REASON, NOTHING_HELD_REASON, MatrixSpec
from harness.plan.environment_matrix import combinations
from harness.plan.planner import make_plan
from harness.plan.selection import Selection, Vocabulary
from harness.scenarios.catalogue import load_scenarios, scenario_folders
from harness.workspace import load_workspace

W3LIB = Pin(
    requirement="w3lib<2.5.0",
    day=date(2026, 9, 30),
    error="ImportError: cannot import name '_safe_chars' from 'w3lib.url'",
)
TWISTED = Pin(requirement="twisted<23.8.0", day=date(2023, 8, 28), error='"_handleSignals" \\ # is gone')
HELD = PinSet(
    scrapy="2.5.1",
    python="3.10",
    platform="linux",
    state=PinState.HELD_BACK,
    pins=(TWISTED, W3LIB),
    stopped_by=None,
    found=date(2026, 11, 23),
    latest="0123456789abcdef",
)
CGI = AddedPackage(package="legacy-cgi", error="ModuleNotFoundError: No module named 'cgi'")
ADDED = structs.replace(HELD, python="3.14", added=(CGI,))
NOTHING = structs.replace(HELD, scrapy="2.13.4", state=PinState.NOTHING_NEEDED, pins=())
STOPPED = structs.replace(
    HELD, python="3.13", state=PinState.STOPPED, pins=(), stopped_by="no release of twisted helps"
)


@pytest.fixture(scope="module")
def spec() -> MatrixSpec:
    return load_matrix(matrix_file())


def test_what_is_written_is_read_again_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "pins.toml"
    path.write_text(pins_toml([STOPPED, ADDED, NOTHING, HELD]), encoding="utf-8")
    assert read_pins(path) == {(each.scrapy, each.python): each for each in (HELD, NOTHING, STOPPED, ADDED)}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_whatever_an_error_says_can_be_written_and_read(tmp_path_factory: pytest.TempPathFactory, error: str) -> None:
    path = tmp_path_factory.mktemp("pins") / "pins.toml"
    pins = structs.replace(HELD, pins=(structs.replace(W3LIB, error=error),))
    path.write_text(pins_toml([pins]), encoding="utf-8", newline="")
    assert read_pins(path)["2.5.1", "3.10"] == pins


def test_the_order_of_writing_makes_no_difference() -> None:
    assert pins_toml([STOPPED, NOTHING, HELD]) == pins_toml([HELD, STOPPED, NOTHING])


def test_where_there_is_no_file_yet_nothing_is_known(tmp_path: Path) -> None:
    assert read_pins(tmp_path / "pins.toml") == {}


def test_a_state_that_does_not_fit_what_is_held_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pins.toml"
    path.write_text(pins_toml([HELD]).replace("held-back", "nothing-needed"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"pins\.toml"):
        read_pins(path)


def test_the_profile_pinned_has_an_environment_only_where_something_is_held_back(spec: MatrixSpec) -> None:
    known = replace(spec, pins={(each.scrapy, each.python): each for each in (HELD, NOTHING, STOPPED)})
    reasons = {
        (each.scrapy.label, each.python.key): each.reason
        for each in combinations(known, "linux")
        if each.profile.name == "pinned"
    }
    assert reasons["2.5.1", "3.10"] is None
    assert reasons["2.13.4", "3.10"] == NOTHING_HELD_REASON
    assert reasons["2.5.1", "3.13"] == "no pins help: no release of twisted helps"
    assert reasons["2.5.1", "3.9"] == NO_PINS_REASON


def test_only_the_profile_pinned_is_constrained(spec: MatrixSpec) -> None:
    known = replace(spec, pins={("2.5.1", "3.10"): HELD})
    scrapy = next(each for each in spec.scrapys if each.label == "2.5.1")
    python = next(each for each in spec.pythons if each.key == "3.10")
    constraints = {each.name: known.constraints("linux", python, scrapy, each) for each in spec.profiles}
    assert constraints == {"latest": (), "era": (), "pinned": ("twisted<23.8.0", "w3lib<2.5.0")}


def test_what_has_to_be_added_is_asked_for_beside_scrapy_in_the_profile_pinned_alone(spec: MatrixSpec) -> None:
    known = replace(spec, pins={("2.5.1", "3.14"): ADDED})
    scrapy = next(each for each in spec.scrapys if each.label == "2.5.1")
    python = next(each for each in spec.pythons if each.key == "3.14")
    additions = {each.name: known.additions(python, scrapy, each) for each in spec.profiles}
    assert additions == {"latest": (), "era": (), "pinned": ("legacy-cgi",)}
    plan = make_plan(
        known,
        plan="full",
        platforms=("linux",),
        scenarios={name: each.info for name, each in load_scenarios([scenarios_dir()]).items()},
        selection=Selection.parse(
            Vocabulary.of_matrix(known, (), ()), python=["3.14"], scrapy=["2.5.1"], profile=["pinned"]
        ),
    )
    assert [each.additions for each in plan.environments] == [("legacy-cgi",)]


def test_a_constraint_file_names_what_has_to_be_installed_beside_scrapy() -> None:
    lines = constraint_file(ADDED).splitlines()
    assert "# pip install -c scrapy-2.5.1-py3.14.txt scrapy==2.5.1 legacy-cgi" in lines
    assert "# legacy-cgi has to be installed, too. Without it: ModuleNotFoundError: No module named 'cgi'" in lines


def test_a_constraint_file_says_for_each_line_what_broke_when_and_how(tmp_path: Path) -> None:
    path = write_constraint_file(HELD, tmp_path)
    assert path == tmp_path / "pins" / "scrapy-2.5.1-py3.10.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [Requirement(line).name for line in lines if line and not line.startswith("#")] == ["twisted", "w3lib"]
    assert "# w3lib 2.5.0 of 2026-09-30: ImportError: cannot import name '_safe_chars' from 'w3lib.url'" in lines


@pytest.mark.parametrize(("pins", "words"), [(NOTHING, "Nothing needs"), (STOPPED, "no release of twisted helps")])
def test_a_file_without_constraints_says_why(pins: PinSet, words: str) -> None:
    text = constraint_file(pins)
    assert words in text
    assert all(line.startswith("#") for line in text.splitlines())


def test_what_the_message_names_is_suspected_before_the_innermost_frame() -> None:
    owners = {"twisted": "twisted", "OpenSSL": "pyopenssl", "w3lib": "w3lib", "scrapy": "scrapy"}
    traceback = (
        'File "<environment>/lib/python3.10/site-packages/scrapy/__init__.py", line 1, in <module>\n'
        'File "<environment>/lib/python3.10/site-packages/twisted/internet/ssl.py", line 1, in <module>\n'
        'File "<environment>/lib/python3.10/site-packages/OpenSSL/SSL.py", line 1, in <module>\n'
        "ImportError: cannot import name '_safe_chars' from 'w3lib.url'\n"
    )
    assert suspects(traceback, owners, "scrapy") == ("w3lib", "pyopenssl", "twisted")


@pytest.mark.parametrize(
    ("message", "provider"),
    [
        ("ModuleNotFoundError: No module named 'pkg_resources'", "setuptools"),
        ("ModuleNotFoundError: No module named 'distutils.version'", "setuptools"),
        ("ModuleNotFoundError: No module named 'cgi'", "legacy-cgi"),
        ("ModuleNotFoundError: No module named 'my_project'", None),
        ("ImportError: cannot import name 'cgi' from 'twisted'", None),
    ],
)
def test_a_missing_module_of_the_standard_library_or_of_setuptools_has_a_known_provider(
    message: str, provider: str | None
) -> None:
    assert provider_of(f'Traceback (most recent call last):\n  File "a.py", line 1\n{message}\n') == provider


def test_modules_belong_to_the_packages_that_installed_them(tmp_path: Path) -> None:
    for name, files in (("pyOpenSSL-22.0.0", ["OpenSSL/SSL.py"]), ("six-1.16.0", ["six.py", "six-1.16.0.dist-info/X"])):
        record = tmp_path / f"{name}.dist-info" / "RECORD"
        record.parent.mkdir()
        record.write_text("".join(f"{file},,\n" for file in files))
    assert modules_of(tmp_path) == {"OpenSSL": "pyopenssl", "six": "six"}


def test_a_python_newer_than_a_release_learns_from_the_newest_of_its_time(spec: MatrixSpec) -> None:
    spec = replace(spec, pins={})
    asked = pairs_of(spec, "2.5.1", ["3.12"], "linux")
    teachers, pairs = with_teachers(spec, asked, {"3.6", "3.8", "3.12"})
    assert [(scrapy.label, python.key) for scrapy, python in teachers] == [("2.5.1", "3.8")]
    assert pairs == asked
    assert with_teachers(replace(spec, pins={("2.5.1", "3.10"): HELD}), asked, {"3.8", "3.12"}) == [asked]


def test_a_pair_that_cannot_be_installed_is_refused_with_what_would_be_right(spec: MatrixSpec) -> None:
    with pytest.raises(ConfigurationError, match=r"2\.19\.0"):
        pairs_of(spec, "2.19.0", ["3.6"], "linux")


def test_what_was_learned_goes_before_what_ships_and_into_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = tmp_path / "state" / "pins.toml"
    monkeypatch.setattr(resources, "learned_pins_file", lambda: learned)
    monkeypatch.chdir(tmp_path)
    shipped = load_matrix(matrix_file())
    assert open_matrix().pins == shipped.pins
    assert open_matrix().pins_file == learned
    learned.parent.mkdir()
    other = structs.replace(HELD, found=date(2026, 12, 1))
    learned.write_text(pins_toml([other]), encoding="utf-8")
    assert open_matrix().pins == {**shipped.pins, ("2.5.1", "3.10"): other}
    assert load_workspace(None).spec.pins["2.5.1", "3.10"] == other
    # A matrix of one's own has its own file beside it.
    (tmp_path / "matrix.toml").write_text(matrix_file().read_text(encoding="utf-8"), encoding="utf-8")
    assert open_matrix().pins_file == Path("pins.toml")
    assert open_matrix(matrix_file()).pins == shipped.pins


RELEASES = [Release(version=Version(text), day=date(2021, 5, 1), requires_python=None, yanked=False)
            for text in ("2.5.0", "2.5.1", "2.6.3")]  # fmt: skip


def test_any_release_of_the_index_can_be_asked_about_and_takes_the_place_of_its_minor(spec: MatrixSpec) -> None:
    made = with_release_named(spec, "2.5.0", RELEASES)
    assert [each.label for each in made.scrapys if each.minor == "2.5"] == ["2.5.0"]
    assert pairs_of(made, "2.5.0", ["3.9", "3.10"], "linux")
    assert with_release_named(spec, "2.5.1", RELEASES) is spec
    for wrong in ("2.5.9", "two"):
        with pytest.raises(ConfigurationError, match=f"--scrapy {wrong}"):
            with_release_named(spec, wrong, RELEASES)


def test_scenarios_of_ones_own_have_to_pass_too(spec: MatrixSpec, tmp_path: Path) -> None:
    shutil.copy(resources.scenarios_dir() / "callback_fired.py", tmp_path / "own_question.py")
    scenarios = load_scenarios(scenario_folders([tmp_path]))
    scrapy = next(each for each in spec.scrapys if each.label == "2.11.2")
    python = next(each for each in spec.pythons if each.key == "3.11")
    planned, _ = planned_trials(spec, scenarios, scrapy, python, "linux")
    assert "own_question" in {scenario for lane in planned.lanes for scenario, *_ in lane.cells}
