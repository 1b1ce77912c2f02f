"""The catalogue reads scenario files without running them, and says what is wrong with one."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from harness.infra.errors import ConfigurationError, ExitCode
from harness.infra.resources import matrix_file, scenarios_dir
from harness.matrix.load import load_matrix
from harness.scenarios.catalogue import kit_fingerprint, load_scenarios, refuse_unknown_lanes, scenario_folders
from harness.scenarios.parse import HELPERS, read_scenario

GOOD = '''"""Does it work?"""
import nothing_that_exists
class Mine(Scenario):
    helpers = ["direct"]
    lanes = ["asyncio-*"]
    scrapy = ">=2.6,<2.14"
    requires = ["treq>=22"]
    core = False
    heavy = "it is large"
    loop_matters = True
'''


def written(tmp_path: Path, source: str) -> Path:
    (tmp_path / "mine.py").write_text(source)
    return tmp_path


def test_what_a_class_says_of_the_matrix_is_read_without_importing_it(tmp_path: Path) -> None:
    scenario = load_scenarios([written(tmp_path, GOOD)])["mine"]
    assert scenario.question == "Does it work?"
    info = scenario.info
    assert (info.helpers, info.lanes, info.scrapy) == (("direct",), ("asyncio-*",), ">=2.6,<2.14")
    assert (info.requires, info.core) == (("treq>=22",), False)
    assert (info.heavy, info.loop_matters) == ("it is large", True)


def test_without_a_word_a_scenario_is_asked_with_every_helper_in_every_lane(tmp_path: Path) -> None:
    info = load_scenarios([written(tmp_path, '"""Q."""\nclass A(Scenario):\n    pass\n')])["mine"].info
    assert (info.helpers, info.lanes, info.scrapy, info.requires, info.core) == (HELPERS, (), None, (), True)


@pytest.mark.parametrize("folder", ["plain", "with space"])
def test_a_checkout_that_is_required_is_found_from_the_scenario(tmp_path: Path, folder: str) -> None:
    place = tmp_path / folder / "scenarios"
    place.mkdir(parents=True)
    info = load_scenarios([written(place, GOOD.replace("treq>=22", "plugin[extra] @ file:.."))])["mine"].info
    assert info.requires == (f"plugin[extra] @ {(tmp_path / folder).resolve().as_uri()}",)


@pytest.mark.parametrize("whole", ["plugin @ file:///srv/checkout", "plugin @ https://host.example/p.whl"])
def test_a_requirement_that_says_where_it_is_stays_as_it_is(tmp_path: Path, whole: str) -> None:
    assert load_scenarios([written(tmp_path, GOOD.replace("treq>=22", whole))])["mine"].info.requires == (whole,)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("class A(:", ["does not parse"]),
        ('"""Q."""\nclass A: pass', ["defines 0 classes", "_ in front"]),
        ('"""Q."""\nclass A(Scenario): pass\nclass B(Place): pass', ["defines 2 classes"]),
        ("class A(Scenario): pass", ["no docstring"]),
        (GOOD.replace('"direct"', '"dirct"'), ["helpers", "'dirct'", "direct"]),
        (GOOD.replace('"direct"', '"direct", "direct"'), ["helpers", "'direct' twice"]),
        (GOOD.replace('["asyncio-*"]', "[1]"), ["lanes", "holds 1"]),
        (GOOD.replace('">=2.6,<2.14"', '"new"'), ["scrapy", "'new'"]),
        (GOOD.replace('">=2.6,<2.14"', "2.10"), ["scrapy is 2.1"]),
        (GOOD.replace('"treq>=22"', '"tr eq"'), ["requires", "'tr eq'"]),
        (GOOD.replace('["direct"]', "some()"), ["helpers", "not a literal"]),
        (GOOD.replace("core = False", 'core = "no"'), ["core is 'no'"]),
        (GOOD.replace("loop_matters = True", "loop_matters = 1"), ["loop_matters is 1", "True or False"]),
        (GOOD.replace('"it is large"', "True"), ["heavy is True", "why it is left out"]),
        (GOOD.replace("core = False", "core, more = False, 1"), ["core", "not a literal"]),
        (GOOD.replace("core = False", "def lanes(self): pass"), ["lanes", "not a literal"]),
        (GOOD.replace("core = False", "helpers += ['as_future']"), ["helpers", "not a literal"]),
        (GOOD.replace("core = False", "if x:\n        core = False"), ["core", "not a literal"]),
    ],
)
def test_a_file_that_is_no_scenario_is_refused_with_its_name_and_what_is_right(
    tmp_path: Path, source: str, words: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_scenarios([written(tmp_path, source)])
    assert all(word in str(caught.value) for word in ("mine.py", *words)), str(caught.value)


def test_an_annotated_option_counts_and_a_method_may_use_its_name_inside(tmp_path: Path) -> None:
    source = '"""Q."""\nclass A(Place):\n    core: bool = False\n    def f(self):\n        lanes = 1\n'
    info = load_scenarios([written(tmp_path, source)])["mine"].info
    assert (info.core, info.lanes, info.kind) == (False, (), "place")


def test_a_folder_that_is_not_there_or_holds_no_scenario_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere: there is no such folder"):
        load_scenarios([tmp_path / "nowhere"])
    (tmp_path / "_plugin.py").write_text("")
    with pytest.raises(ConfigurationError, match="no scenario files"):
        load_scenarios([tmp_path])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("my-question.py", "not one of a module"),
        ("2nd.py", "not one of a module"),
        ("class.py", "not one of a module"),
        ("asyncio.py", "hides the module asyncio"),
        ("cgi.py", "hides the module cgi"),
        ("_strptime.py", "hides the module _strptime"),
        ("twisted.py", "hides the package twisted"),
        ("kit.py", "hides the kit"),
        ("scrapy/__init__.py", "hides the package scrapy"),
        ("treq.py", "hides treq>=22"),
        ("treq/client.py", "hides treq>=22"),
    ],
)
def test_a_name_that_cannot_be_or_hides_something_is_refused(tmp_path: Path, name: str, words: str) -> None:
    file = written(tmp_path, GOOD) / name
    file.parent.mkdir(exist_ok=True)
    file.write_text('"""Q."""\nclass A(Scenario): pass\n')
    with pytest.raises(ConfigurationError) as caught:
        load_scenarios([tmp_path])
    assert words in str(caught.value)
    assert str(tmp_path / name.partition("/")[0]) in str(caught.value)


@pytest.mark.posix("FIFOs and links")
@pytest.mark.parametrize("name", ["pipe.py", "_pipe.py", "zero.py"])
def test_what_is_no_plain_file_is_refused_and_never_read(tmp_path: Path, name: str) -> None:
    written(tmp_path, GOOD)
    if name == "zero.py":
        (tmp_path / name).symlink_to("/dev/zero")
    else:
        os.mkfifo(tmp_path / name)
    with pytest.raises(ConfigurationError, match="no plain file") as raised:
        load_scenarios([tmp_path])
    assert raised.value.exit_code is ExitCode.CONFIGURATION
    assert name in str(raised.value)


def test_a_file_of_any_size_is_no_scenario(tmp_path: Path) -> None:
    with (tmp_path / "mine.py").open("wb") as file:
        file.truncate(1 << 33)
    with pytest.raises(ConfigurationError, match="longer than"):
        load_scenarios([tmp_path])


@pytest.mark.parametrize("name", ["mine.py", "_plugin.py", "plugin/__init__.py"])
def test_a_name_that_is_in_two_folders_is_refused_with_both(tmp_path: Path, name: str) -> None:
    for number in ("one", "two"):
        file = tmp_path / number / name
        file.parent.mkdir(parents=True)
        file.write_text('"""Q."""\nclass A(Scenario): pass\n')
        (tmp_path / number / f"question_{number}.py").write_text('"""Q."""\nclass A(Scenario): pass\n')
    with pytest.raises(ConfigurationError) as caught:
        load_scenarios([tmp_path / "one", tmp_path / "two"])
    first = name.partition("/")[0]
    assert all(str(tmp_path / number / first) in str(caught.value) for number in ("one", "two"))


def test_a_name_of_a_built_in_scenario_is_taken(tmp_path: Path) -> None:
    (tmp_path / "callback_pending.py").write_text(GOOD)
    with pytest.raises(ConfigurationError) as caught:
        load_scenarios(scenario_folders([tmp_path]))
    assert str(tmp_path / "callback_pending.py") in str(caught.value)
    assert str(scenarios_dir() / "callback_pending.py") in str(caught.value)


def test_folders_count_once_however_they_are_written_and_the_built_in_one_is_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    folders = scenario_folders([scenarios_dir(), Path("mine"), tmp_path / "mine", Path("mine/../mine")])
    assert folders == ((tmp_path / "mine").resolve(), scenarios_dir())


def test_lanes_that_the_matrix_does_not_have_are_refused_for_files_of_users(tmp_path: Path) -> None:
    scenarios = load_scenarios(scenario_folders([written(tmp_path, GOOD)]))
    refuse_unknown_lanes(scenarios, ["epoll", "asyncio-uvloop"])
    with pytest.raises(ConfigurationError, match=r"mine\.py: lanes holds 'asyncio-\*'.* epoll, select"):
        refuse_unknown_lanes(scenarios, ["epoll", "select"])


def test_every_lane_that_built_in_scenarios_name_is_in_the_matrix() -> None:
    lanes = [lane.name for lane in load_matrix(matrix_file()).lanes]
    for scenario in load_scenarios([scenarios_dir()]).values():
        for glob in scenario.info.lanes:
            assert any(fnmatchcase(lane, glob) for lane in lanes), (scenario.path, glob)


def test_what_lies_beside_scenarios_is_part_of_their_fingerprint_and_reports_are_not(tmp_path: Path) -> None:
    def fingerprint() -> str:
        return load_scenarios([tmp_path])["mine"].fingerprint

    seen = [load_scenarios([written(tmp_path, GOOD)])["mine"].fingerprint]
    developed = tmp_path.with_name("developed")
    developed.mkdir()
    for file, text in (
        (tmp_path / "_plugin.py", "x = 1\n"),
        (tmp_path / "_plugin.py", "x = 2\n"),
        (tmp_path / "page.html", "<p>"),
        (developed / "inner.py", "x = 1\n"),
        (developed / "inner.py", "x = 2\n"),
    ):
        file.write_text(text)
        if file.parent == developed and not (tmp_path / "linked").exists():
            (tmp_path / "linked").symlink_to(developed, target_is_directory=True)
        seen.append(fingerprint())
    assert len(set(seen)) == len(seen)
    for file in ("reports/matrix.md", "__pycache__/mine.pyc", "linked/__pycache__/inner.pyc", ".scrapy-compat/x.py"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("x")
    (tmp_path / "other.py").write_text(GOOD)
    assert fingerprint() == seen[-1]


def test_any_change_to_the_kit_changes_its_fingerprint(tmp_path: Path) -> None:
    for name, text in (("a", "x = 1\n"), ("b", "x = 2\n"), ("c", "x = 1\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "module.py").write_text(text)
    (tmp_path / "c" / "other.py").write_text("")
    assert len({kit_fingerprint(tmp_path / name) for name in ("a", "b", "c")}) == 3


@pytest.mark.parametrize("value", ["-" * 20_000 + "1", "'a'" + " + 'a'" * 50_000, "[" * 190 + "]" * 190])
def test_an_option_that_is_nested_too_deeply_is_refused(tmp_path: Path, value: str) -> None:
    path = tmp_path / "deep.py"
    path.write_text(f'"""Is it deep?"""\n\n\nclass Deep(Scenario):\n    lanes = {value}\n')
    with pytest.raises(ConfigurationError, match="deep"):
        read_scenario(path, "")
