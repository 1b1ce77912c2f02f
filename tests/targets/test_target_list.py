"""Which targets a command line and its files name."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.infra.errors import ConfigurationError
from harness.targets.target_list import listed_targets


def test_targets_of_files_stand_behind_those_that_were_named_each_once(tmp_path: Path) -> None:
    (tmp_path / "plugin").mkdir()
    file = tmp_path / "plugins.txt"
    file.write_text("# of ours\nscrapy-poet==0.26  # pinned\n\nplugin\nscrapy-poet==0.26\n")
    assert listed_targets(["."], [file]) == (".", "scrapy-poet==0.26", str(tmp_path / "plugin"))


def test_an_option_in_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "plugins.txt"
    file.write_text("-e .\n")
    with pytest.raises(ConfigurationError, match=r"plugins.txt: -e \.: is no target"):
        listed_targets([], [file])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nosuch\.txt: No such file or directory"):
        listed_targets([], [tmp_path / "nosuch.txt"])


def test_without_any_target_that_is_said() -> None:
    with pytest.raises(ConfigurationError, match="no target is named"):
        listed_targets([], [])
