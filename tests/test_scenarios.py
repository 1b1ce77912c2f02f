"""The catalogue reads scenario files without running them, and says what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ConfigurationError
from harness.scenarios import HELPERS, kit_fingerprint, load_scenarios

GOOD = '''"""Does it work?"""
import nothing_that_exists
class Mine(Scenario):
    helpers = ["direct"]
    lanes = ["asyncio-*"]
    scrapy = ">=2.6,<2.14"
    requires = ["treq>=22"]
    core = False
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


def test_without_a_word_a_scenario_is_asked_with_every_helper_in_every_lane(tmp_path: Path) -> None:
    info = load_scenarios([written(tmp_path, '"""Q."""\nclass A(Scenario):\n    pass\n')])["mine"].info
    assert (info.helpers, info.lanes, info.scrapy, info.requires, info.core) == (HELPERS, (), None, (), True)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("class A(:", ["does not parse"]),
        ('"""Q."""\nclass A: pass', ["defines 0 classes"]),
        ('"""Q."""\nclass A(Scenario): pass\nclass B(Scenario): pass', ["defines 2 classes"]),
        ("class A(Scenario): pass", ["no docstring"]),
        (GOOD.replace('"direct"', '"dirct"'), ["helpers", "'dirct'", "direct"]),
        (GOOD.replace('">=2.6,<2.14"', '"new"'), ["scrapy", "'new'"]),
        (GOOD.replace('"treq>=22"', '"tr eq"'), ["requires", "'tr eq'"]),
        (GOOD.replace('["direct"]', "some()"), ["helpers", "not a literal"]),
    ],
)
def test_a_file_that_is_no_scenario_is_refused_with_its_name_and_what_is_right(
    tmp_path: Path, source: str, words: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_scenarios([written(tmp_path, source)])
    assert all(word in str(caught.value) for word in ("mine.py", *words)), str(caught.value)


def test_a_folder_without_scenarios_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no scenario files"):
        load_scenarios([tmp_path / "nowhere"])


def test_the_first_of_two_folders_wins(tmp_path: Path) -> None:
    for name, question in (("one", "First."), ("two", "Second.")):
        (tmp_path / name).mkdir()
        written(tmp_path / name, f'"""{question}"""\nclass A(Scenario): pass\n')
    assert load_scenarios([tmp_path / "one", tmp_path / "two"])["mine"].question == "First."


def test_any_change_to_the_kit_changes_its_fingerprint(tmp_path: Path) -> None:
    for name, text in (("a", "x = 1\n"), ("b", "x = 2\n"), ("c", "x = 1\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "module.py").write_text(text)
    (tmp_path / "c" / "other.py").write_text("")
    assert len({kit_fingerprint(tmp_path / name) for name in ("a", "b", "c")}) == 3
