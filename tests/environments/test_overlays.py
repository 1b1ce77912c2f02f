"""harness.environments.overlays with real uv and small packages from an index on loopback."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.environments.provider import EnvironmentProvider
from harness.model.outcome import Outcome
from tests.support.environments import (  # noqa: F401
    PLANNED,
    ask,
    files_in,
    folder_of,
    index_fixture,
    interpreters_fixture,
    place_fixture,
    provider_fixture,
)
from tests.support.packages import Index


def test_an_overlay_leaves_the_environment_as_it_is(provider: EnvironmentProvider, index: Index) -> None:
    index.publish("loop", "1.0", requires=["eggs", "extra"])
    index.publish("extra", "1.0")
    plain = provider.provide(PLANNED)
    before = files_in(folder_of(plain))
    provided = provider.provide(PLANNED, ["loop"])
    assert files_in(folder_of(provided)) == before
    assert ask(provided, "loop.VERSION", "loop") == "1.0"
    assert "No module named 'loop'" in ask(provided, "loop.VERSION")
    (overlay,) = provided.result.overlays
    assert (overlay.name, overlay.status) == ("loop", None)
    assert sorted(path.name for path in provided.overlays["loop"].glob("*.py")) == ["extra.py", "loop.py"]
    assert "eggs==" not in overlay.lock


def test_an_overlay_gets_the_versions_that_the_environment_has(provider: EnvironmentProvider, index: Index) -> None:
    provider.provide(PLANNED)
    index.publish("eggs", "3.0")
    index.publish("loop", "1.0", requires=["eggs"])
    index.publish("loop", "2.0", requires=["eggs>=3"])
    provided = provider.provide(PLANNED, ["loop"])
    assert ask(provided, "loop.VERSION", "loop") == "1.0"
    assert ask(provided, "eggs.VERSION", "loop") == "2.0"


def test_an_overlay_that_cannot_be_had_costs_nothing_else(provider: EnvironmentProvider, index: Index) -> None:
    index.publish("loop", "1.0")
    index.publish_unbuildable("bacon", "1.0")
    index.publish_unbuildable("uvloop", "1.0")
    provided = provider.provide(PLANNED, ["nowhere", "loop", "bacon", "uvloop"])
    assert provided.result.status is None
    assert set(provided.overlays) == {"loop"}
    found = {overlay.name: overlay for overlay in provided.result.overlays}
    assert {name: overlay.status for name, overlay in found.items()} == {
        "nowhere": Outcome.UNINSTALLABLE,
        "loop": None,
        "bacon": Outcome.UNINSTALLABLE,
        "uvloop": Outcome.UNINSTALLABLE,
    }
    assert "nowhere was not found" in str(found["nowhere"].reason)
    assert "no compiler can build this" in str(found["bacon"].reason)
    assert "no usable wheels" in str(found["uvloop"].reason)


def test_an_overlay_that_asks_for_nothing_of_the_environment_is_shared(
    provider: EnvironmentProvider, index: Index, place: Path
) -> None:
    index.publish("loop", "1.0")
    one = provider.provide(PLANNED, ["loop"])
    other = provider.provide(replace(PLANNED, profile="era"), ["loop"])
    assert one.directory != other.directory
    assert one.overlays == other.overlays
    assert len(list((place / "overlays").iterdir())) == 1


def test_an_overlay_of_what_is_there_already_is_empty(provider: EnvironmentProvider) -> None:
    provided = provider.provide(PLANNED, ["eggs"])
    assert list(provided.overlays["eggs"].iterdir()) == []
    assert ask(provided, "eggs.VERSION", "eggs") == "2.0"
