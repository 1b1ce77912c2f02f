"""harness.environments.lockfiles: what a lock file says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.environments.lockfiles import entries, normalise, overlap, pins, without

names = st.builds(str.__add__, st.sampled_from("abxyz"), st.text("abz019", max_size=8))
packages = st.dictionaries(names, st.integers(0, 99), max_size=8)


def lock_text(found: dict[str, int]) -> str:
    return "".join(f"{name}=={version}.0 \\\n    --hash=sha256:{version:064x}\n" for name, version in found.items())


@given(found=packages)
def test_entries_hold_the_whole_lock(found: dict[str, int]) -> None:
    parsed = entries("# a comment\n" + lock_text(found))
    assert "".join(entry.text for entry in parsed) == lock_text(found)
    assert pins(lock_text(found)) == [f"{name}=={version}.0" for name, version in found.items()]
    assert all(entry.hashed for entry in parsed)


@given(one=packages, other=packages)
def test_a_lock_without_another_shares_nothing_with_it(one: dict[str, int], other: dict[str, int]) -> None:
    rest = without(lock_text(one), lock_text(other))
    assert not overlap(rest, lock_text(other))
    assert {entry.name for entry in entries(rest)} == one.keys() - other.keys()


def test_a_direct_reference_is_an_entry_without_version_or_hash() -> None:
    (entry,) = entries("Some_Package @ file:///somewhere\n")
    assert (entry.name, entry.version, entry.hashed) == ("some-package", None, False)


@given(st.builds("{}{}{}".format, st.sampled_from("aB9"), st.text("aB9._-", max_size=10), st.sampled_from("aB9")))
def test_normalising_twice_changes_nothing_more(name: str) -> None:
    assert normalise(normalise(name)) == normalise(name)
