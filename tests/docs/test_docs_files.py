"""The pages about TOML files name every key that is read, no other, and their examples are such files."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import inspect

from harness.judge.baseline_file import BaselineFolder, BaselineTable
from harness.judge.claims_file import ClaimsTable, load_claims
from harness.matrix.load import MatrixTable, load_matrix
from harness.matrix.pins_file import PinsTable, read_pins

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
KEY = re.compile(r"^\| `([\w-]+)` \|(.*)\|(.*)\|$", re.MULTILINE)
TABLE = re.compile(r"`\[+([\w.<>-]+)\]+`")

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


def read(kind: inspect.Type, path: str = "") -> Keys:
    """The keys that a type has, by the table that they stand in; those of a table whose keys are free are not told."""
    if isinstance(kind, inspect.UnionType):
        return {place: keys for each in kind.types for place, keys in read(each, path).items()}
    if isinstance(kind, inspect.VarTupleType):
        return read(kind.item_type, path)
    if isinstance(kind, inspect.DictType):
        if isinstance(kind.value_type, inspect.StructType):
            return read(kind.value_type, f"{path}.<name>")
        return {path: set(map(str, kind.key_type.values))} if isinstance(kind.key_type, inspect.LiteralType) else {}
    if not isinstance(kind, inspect.StructType):
        return {}
    keys = {path: {field.encode_name for field in kind.fields}}
    for field in kind.fields:
        keys |= read(field.type, f"{path}.{field.encode_name}".removeprefix("."))
    return keys


def read_matrix(file: Path) -> object:
    (file.parent / "my_scenarios").mkdir()
    return load_matrix(file).plans


def read_claims(file: Path) -> object:
    return load_claims(file, {"2.13.4": None})


def read_baseline(file: Path) -> object:
    return len(BaselineFolder(file.rename(file.parent / "linux.toml").parent))


READERS: dict[str, tuple[Callable[[Path], object], type[Any]]] = {
    "matrix-toml": (read_matrix, MatrixTable),
    "claims-toml": (read_claims, ClaimsTable),
    "baseline-toml": (read_baseline, BaselineTable),
    "pins-toml": (read_pins, PinsTable),
}


@pytest.mark.parametrize("name", READERS)
def test_the_page_names_every_key_that_is_read_and_no_other(name: str, tmp_path: Path) -> None:
    page = (REFERENCE / f"{name}.md").read_text(encoding="utf-8")
    file = tmp_path / "example.toml"
    file.write_text(example(page), encoding="utf-8")
    reader, kind = READERS[name]
    assert reader(file), "the examples are such a file"
    assert told(page) == read(inspect.type_info(kind))


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
