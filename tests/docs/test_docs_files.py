"""The pages about TOML files name every key that is read, no other, and their examples are such files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.infra.toml import TomlTable
from harness.judge.baseline_file import read_baselines
from harness.judge.claims_file import load_claims
from harness.matrix.load import load_matrix
from harness.matrix.pins_file import read_pins

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
KEY = re.compile(r"^\| `([\w-]+)` \|(.*)\|(.*)\|$", re.MULTILINE)
TABLE = re.compile(r"`\[+([\w.<>-]+)\]+`")
FREE = re.compile(r"^(profile|platform|reactor|loop|plan)\.[^.]+")

Keys = dict[str, set[str]]


def example(page: str) -> str:
    """All examples of a page, put together."""
    return "\n".join(re.findall(r"(?ms)^```toml\n(.*?)^```$", page))


def told(page: str) -> Keys:
    """The keys that a page names, by the table that they stand in."""
    keys: Keys = {}
    for section in re.split(r"(?m)^##+ ", page)[1:]:
        heading, _, text = section.partition("\n")
        found = {key for key, *_ in KEY.findall(text)}
        for path in [""] if heading == "At the top" else TABLE.findall(heading):
            keys[path] = found
    return keys


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Keys:
    """The keys that readers ask for from now on, by the table that they stand in."""
    keys: Keys = defaultdict(set)
    finish = TomlTable.finish

    def finish_and_tell(table: TomlTable) -> None:
        keys[FREE.sub(r"\1.<name>", re.sub(r"\[\d+\]", "", table.path))] |= table._asked
        finish(table)

    monkeypatch.setattr(TomlTable, "finish", finish_and_tell)
    return keys


def read_matrix(file: Path) -> object:
    (file.parent / "my_scenarios").mkdir()
    return load_matrix(file).plans


def read_claims(file: Path) -> object:
    return load_claims(file, {"2.13.4": None})


def read_baseline(file: Path) -> object:
    return read_baselines(file.rename(file.parent / "linux.toml").parent)


READERS = {
    "matrix-toml": read_matrix,
    "claims-toml": read_claims,
    "baseline-toml": read_baseline,
    "pins-toml": read_pins,
}


@pytest.mark.parametrize("name", READERS)
def test_the_page_names_every_key_that_is_read_and_no_other(name: str, asked: Keys, tmp_path: Path) -> None:
    page = (REFERENCE / f"{name}.md").read_text(encoding="utf-8")
    file = tmp_path / "example.toml"
    file.write_text(example(page), encoding="utf-8")
    read: Callable[[Path], object] = READERS[name]
    assert read(file), "the examples are such a file"
    assert told(page) == dict(asked)


@pytest.mark.parametrize("name", READERS)
def test_the_example_has_every_key_of_the_page(name: str) -> None:
    page = (REFERENCE / f"{name}.md").read_text(encoding="utf-8")
    written = example(page)
    for path, keys in told(page).items():
        for key in keys:
            inside = rf"\b{re.escape(key)} =|\.{re.escape(key)}\]|^\[+{re.escape(key)}[.\]]"
            assert re.search(inside, written, re.MULTILINE), f"{path} {key}"


def test_every_page_about_a_file_is_held_to_it() -> None:
    assert {path.stem for path in REFERENCE.glob("*-toml.md")} == set(READERS)
