"""Runs of adapted plans, merged and reported: what was asked instead, and what was not asked, is told everywhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.commands.diff import diff_lines
from harness.infra.errors import ConfigurationError
from harness.render.matrix_json import SCHEMA
from harness.render.text.merge import MergeEnd
from harness.shards.artifact_reader import Artifact
from harness.shards.identity import ShardPart, part_of
from harness.workspace import Filters, load_workspace
from tests.support.artifact_fixture import deliver, merged, seen

ASKED = Filters(
    platform=("linux",),
    scrapy=("2.0", "2.13"),
    lane=("asyncio-default",),
    scenario=("callback_fired",),
    helper=("direct",),
)


def part(*pythons: str, platform: str = "linux") -> ShardPart:
    """A whole run of the default plan on a machine with some Pythons."""
    filters = replace(ASKED, platform=(platform,))
    return part_of(load_workspace(None).planned("default", filters, {platform: pythons}), None)


def whole(state: Path, *places: Path, **more: Any) -> MergeEnd:
    return merged(state, *places, **{"plan": None, "filters": Filters(), "shards": None, **more})


def test_a_merge_makes_the_plan_again_that_a_machine_was_adapted_to(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, part("3.11"))
    assert Artifact(delivery).header.asked.available == {"linux": ["3.11"]}
    end = whole(tmp_path, delivery).end
    assert set(seen(tmp_path, end.run_id)) == {
        "linux-py3.11-scrapy2.13.4-latest/asyncio-default/callback_fired/direct",
        "linux-py3.11-scrapy2.13.4-era/asyncio-default/callback_fired/direct",
    }
    assert not end.complete
    assert end.adaptation == part("3.11").planned.plan.adaptation
    named = whole(tmp_path, delivery, plan="default", filters=ASKED, shards=None).end
    assert named.adaptation == end.adaptation


def test_machines_of_other_platforms_may_have_other_pythons(tmp_path: Path) -> None:
    linux = deliver(tmp_path, part("3.11"), machine="one")
    windows = deliver(tmp_path, part("3.13", platform="windows"), machine="two")
    end = whole(tmp_path, linux, windows).end
    assert {name.partition("/")[0] for name in seen(tmp_path, end.run_id)} == {
        "linux-py3.11-scrapy2.13.4-latest",
        "linux-py3.11-scrapy2.13.4-era",
        "windows-py3.13-scrapy2.13.4-latest",
        "windows-py3.13-scrapy2.13.4-era",
    }


def test_machines_of_one_platform_with_other_pythons_are_not_merged_and_it_is_said_what_would_be(
    tmp_path: Path,
) -> None:
    one, other = deliver(tmp_path, part("3.11"), machine="one"), deliver(tmp_path, part("3.10"), machine="two")
    for options in ({}, {"plan": "default", "filters": ASKED}):
        with pytest.raises(ConfigurationError) as caught:
            whole(tmp_path, one, other, **options)
        assert "its plan was adapted to Python 3.10 on linux, that of" in str(caught.value)
        assert "--python" in caught.value.action
    literal = part_of(load_workspace(None).planned("default", ASKED), None)
    with pytest.raises(ConfigurationError, match=r"adapted to nothing on linux, that of .* to Python 3\.11"):
        whole(tmp_path, one, deliver(tmp_path, literal, machine="three"))


def test_pythons_that_the_matrix_does_not_have_make_no_difference(tmp_path: Path) -> None:
    one = deliver(tmp_path, part("3.11", "2.7", "3.14t"), machine="one")
    assert whole(tmp_path, one, deliver(tmp_path, part("3.11"), machine="two")).end.adaptation is not None


def report(tmp_path: Path) -> dict[str, Any]:
    whole(tmp_path, deliver(tmp_path, part("3.11")), out=tmp_path / "reports")
    return dict(json.loads((tmp_path / "reports" / "matrix.json").read_text(encoding="utf-8")))


def test_every_report_tells_what_was_asked_instead_and_what_was_not_asked(tmp_path: Path) -> None:
    content = report(tmp_path)
    jsonschema.validate(content, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert content["run"]["complete"] is False
    assert content["adaptation"]["available"] == {"linux": ["3.11"]}
    assert content["adaptation"]["substitutions"][0] == {
        "environment": "linux-py3.11-scrapy2.13.4-latest",
        "instead_of": ["linux-py3.10-scrapy2.13.4-latest", "linux-py3.12-scrapy2.13.4-latest"],
        "assumed": False,
    }
    lost = "Scrapy 2.0: not measured, needs one of Python 3.6-3.10, none of which is here"
    for name in ("matrix.md", "index.html"):
        text = (tmp_path / "reports" / name).read_text(encoding="utf-8")
        assert text.count(lost) == 2, name
        assert "Python 3.9: not here, and so not measured" in text
        assert "linux-py3.12-scrapy2.13.4-latest" in text
    markdown = (tmp_path / "reports" / "matrix.md").read_text(encoding="utf-8")
    assert "**Incomplete:** Python 3.9: not here" in markdown
    assert "default, adapted to Python 3.11" in markdown
    # Of the cells that were asked all is known.
    assert "**Incomplete:** ;" not in markdown
    assert "could not be run](#what" not in markdown


def test_a_diff_with_another_plan_says_that_what_is_not_asked_is_no_change(tmp_path: Path) -> None:
    full = part_of(load_workspace(None).planned("default", ASKED), None)
    runs = [whole(tmp_path, deliver(tmp_path, each, machine=name)).end.run_id
            for name, each in (("full", full), ("one", part("3.11")))]  # fmt: skip
    told = list(diff_lines(tmp_path, *runs, everything=False))
    assert told[1].endswith("of the plan default, adapted to Python 3.11, narrowed: 2 cells")
    assert told[2] == "The plans differ: cells that only one of them asks for are told as new or gone."
    assert "regressed" not in "".join(told)
    assert not any("The plans differ" in line for line in diff_lines(tmp_path, runs[0], runs[0], everything=False))


def test_what_an_adapted_run_does_not_ask_is_not_gone_from_the_baseline(tmp_path: Path) -> None:
    run = whole(tmp_path, deliver(tmp_path, part("3.11"))).end.run_id
    told = list(diff_lines(tmp_path, "baseline", run, everything=False))
    assert not any("gone" in line for line in told)
