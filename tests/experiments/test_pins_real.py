"""Pins of a real old Scrapy, found with the package index."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.commands.pins import PinOptions, run_pins
from harness.experiments.pins.pair_searches import PairDone
from harness.infra.resources import matrix_file
from harness.matrix.load import load_matrix
from harness.matrix.pin_sets import PinState
from tests.support.live import HERE


@pytest.mark.index
@pytest.mark.timeout(1800)
def test_scrapy_2_11_needs_twisted_and_w3lib_held_back_and_is_known_after_that(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRAPY_COMPAT_CACHE", str(cache))
    matrix = tmp_path / "matrix.toml"
    shutil.copy(matrix_file(), matrix)
    options = PinOptions(
        scrapy="2.11.2",
        python=HERE,
        every=False,
        jobs=1,
        fresh=False,
        deadline=10.0,
        reports=tmp_path,
        matrix=matrix,
    )
    told: list[PairDone] = []
    assert run_pins(options, told.append) == {}
    first = told.pop()
    assert first.pins.state is PinState.HELD_BACK
    held = {pin.requirement: pin for pin in first.pins.pins}
    assert held.keys() >= {"twisted<26.4.0", "w3lib<2.5.0"}
    assert "_setAcceptableProtocols" in held["twisted<26.4.0"].error
    assert "_safe_chars" in held["w3lib<2.5.0"].error
    assert load_matrix(matrix).pins["2.11.2", HERE] == first.pins
    assert run_pins(options, told.append) == {}
    again = told.pop()
    assert (again.known, again.trials, again.pins) == (True, 0, first.pins)
