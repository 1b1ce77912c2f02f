"""The commands that answer from stored results, over stores made by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from harness import render
from harness.cli.main import scrapy_compat
from harness.commands.advise import advise_lines
from harness.commands.baseline import accept
from harness.commands.diff import diff_lines
from harness.commands.explain import explain_lines
from harness.commands.run_end import write_reports
from harness.commands.stored_runs import chosen, known_view
from harness.infra.errors import ConfigurationError
from harness.plan.plan_records import Plan
from harness.plan.selection import Vocabulary
from harness.render.matrix_json_file import read_matrix_json
from harness.render.view import ReportView
from harness.store.run_directory import Runs
from harness.workspace import Filters, load_workspace
from tests.support.compared_runs import stored, worse
from tests.support.synthetic import make_plan, make_results
from tests.support.views import ALL, only, view_of

ENVIRONMENTS = (
    *("linux-py3.8-scrapy2.5.1-era", "linux-py3.12-scrapy2.6.3-latest", "linux-py3.12-scrapy2.13.4-era"),
    *("linux-py3.15-scrapy2.13.4-latest", "linux-py3.12-scrapy2.16.0-latest", "linux-py3.13-scrapy2.19.0-latest"),
)
"""Old and new releases; in one of them no crawl starts, of one the interpreter is missing."""


@pytest.fixture(scope="module", name="state")
def state_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one plan: in the second a helper has stopped to work in one lane."""
    state = tmp_path_factory.mktemp("state")
    plan = only(ALL, *ENVIRONMENTS)
    stored(state, plan, make_results(plan))
    stored(state, plan, (worse(result) for result in make_results(plan)))
    return state


def test_diff_tells_the_range_that_changed(state: Path) -> None:
    lines = list(diff_lines(state, "previous", "latest", everything=False))
    assert lines[0].startswith("A  run ")
    assert "regressed" in lines[2]
    told = [line for line in lines if "pass →" in line]
    assert told
    assert all("pass → fail/no-value: " in line and line.endswith("epoll · direct") for line in told)


def test_diff_says_what_it_cannot_tell_and_of_what(state: Path) -> None:
    lines = list(diff_lines(state, "previous", "latest", everything=False))
    assert any("of which it cannot be told" in line for line in lines)
    (told,) = {line.strip() for line in lines if line.strip().startswith("cannot be told")}
    assert told == "cannot be told: not recorded is the harness that ran the cells and the machine"


def test_diff_for_programs_is_as_its_schema_says(state: Path) -> None:
    schema = json.loads(Path(render.__file__).with_name("diff.schema.json").read_text(encoding="utf-8"))
    (line,) = diff_lines(state, "previous", "latest", everything=False, as_json=True)
    found = json.loads(line)
    jsonschema.validate(found, schema)
    assert {each["cause"]["kind"] for each in found["ranges"]} == {"not-recorded"}


@pytest.mark.slow
def test_diff_takes_report_files_as_well_as_runs(state: Path, tmp_path: Path) -> None:
    with Runs(state).open(Runs(state).ids()[-1]) as store:
        view = ReportView.of_store(store)
    write_reports(view, tmp_path)
    assert list(read_matrix_json(tmp_path / "matrix.json").known()) == list(view.known())
    lines = list(diff_lines(state, str(tmp_path / "matrix.json"), "latest", everything=False))
    assert lines[2:] == [f"nothing differs; {view.count:,} cells equal"]


def test_diff_refuses_what_is_neither_run_nor_report(state: Path, tmp_path: Path) -> None:
    (tmp_path / "matrix.json").write_text("{}")
    with pytest.raises(ConfigurationError, match=r"cannot be read as a matrix\.json"):
        list(diff_lines(state, str(tmp_path / "matrix.json"), "latest", everything=False))
    with pytest.raises(ConfigurationError, match="no such run"):
        list(diff_lines(state, "yesterday", "latest", everything=False))


@pytest.mark.slow
def test_diff_with_the_baseline_accepted_from_a_run_is_empty_and_with_another_run_is_not(
    state: Path, tmp_path: Path
) -> None:
    ids = Runs(state).ids()
    list(accept(state, ids[0], load_workspace(None), tmp_path))
    told = list(diff_lines(state, "baseline", ids[0], everything=False, baselines=tmp_path))
    assert told[0].startswith("A  the claims and the baseline in ")
    assert told[2].startswith("nothing differs; ")
    (there, back) = (
        list(diff_lines(state, *names, everything=False, baselines=tmp_path))
        for names in (("baseline", "latest"), ("latest", "baseline"))
    )
    assert "regressed" in there[2]
    assert "fixed" in back[2]
    assert there[2].replace("regressed", "fixed") == back[2]


@pytest.mark.slow
def test_a_run_of_a_smaller_plan_lacks_nothing_that_only_a_larger_one_asks_for(tmp_path: Path) -> None:
    loaded = load_workspace(None)

    def plan(name: str, python: str) -> Plan:
        filters = Filters(python=[python], scenario=["callback_pending"])
        return loaded.plan(name, ("linux",), filters.over(loaded.known))

    full, smoke, half = plan("full", "3.11,3.12"), plan("smoke", "3.11,3.12"), plan("smoke", "3.12")
    state = tmp_path / "state"
    list(accept(state, stored(state, full, make_results(full)), loaded, tmp_path))
    run = stored(state, half, make_results(half))
    (told,) = diff_lines(state, "baseline", run, everything=True, as_json=True, baselines=tmp_path)
    assert 0 < json.loads(told)["counts"]["gone"] <= smoke.count - half.count


def test_accepting_says_which_run_and_how_many_cells_of_which_outcomes(state: Path, tmp_path: Path) -> None:
    run_id = Runs(state).ids()[0]
    (update,) = accept(state, run_id, load_workspace(None), tmp_path)
    told, _ = list(update.lines())[-2:]
    assert told.startswith(f"accepted run {run_id} of the plan synthetic, ")
    assert "cells: pass " in told


def test_a_run_of_single_cells_is_accepted_only_where_it_is_named(tmp_path: Path) -> None:
    plan = only(ALL, ENVIRONMENTS[0])
    cell = next(iter(plan.keys())).id
    run = Runs(tmp_path).create(
        plan="full, narrowed", plan_hash="h", plan_json=plan.to_json(), host={}, command=("run", f"--cell={cell}")
    )
    run.close()
    loaded = load_workspace(None)
    with pytest.raises(ConfigurationError, match="only runs of single cells"):
        list(accept(tmp_path, None, loaded, tmp_path / "baseline"))
    Runs(tmp_path).path("20200101T000000Z-000001").write_bytes(b"no database" * 4000)
    with pytest.raises(ConfigurationError, match="only runs of single cells"):
        list(accept(tmp_path, None, loaded, tmp_path / "baseline"))
    assert list(accept(tmp_path, run.id, loaded, tmp_path / "baseline"))


def test_the_latest_run_can_be_named(state: Path) -> None:
    done = CliRunner().invoke(scrapy_compat, ["cells", "--state", str(state), "--run", "latest", "--format", "ids"])
    assert done.exit_code == 0, done.output
    assert done.output == CliRunner().invoke(scrapy_compat, ["cells", "--state", str(state), "--format", "ids"]).output


def test_diff_with_the_baseline_needs_one_and_a_run(state: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no baseline here"):
        list(diff_lines(state, "baseline", "latest", everything=False, baselines=tmp_path))
    with pytest.raises(ConfigurationError, match="is both sides"):
        list(diff_lines(state, "baseline", "baseline", everything=False, baselines=tmp_path))


def test_explain_tells_rules_that_add_up(state: Path) -> None:
    run, head, *lines = explain_lines(state, None, Filters())
    assert run == f"from run {Runs(state).ids()[-1]} of the plan synthetic, which is not complete"
    assert "rules; where several speak, the last decides" in head
    assert lines[0].endswith("pass: everywhere")
    assert any("fail/no-value" in line for line in lines)
    shares = [re.search(r"^ +decides ([\d,]+)(?: of ([\d,]+))? cells?(?:; later rules decide ([\d,]+))?$", line)
              for line in lines]  # fmt: skip
    counts = [[int((number or "0").replace(",", "")) for number in share.groups()] for share in shares if share]
    assert sum(decided for decided, _, _ in counts) == int(head.split()[0].replace(",", ""))
    assert all(not whole or decided + others == whole for decided, whole, others in counts)
    assert any(others for _, _, others in counts)


def test_each_rule_that_explain_tells_has_a_cell_that_it_decides(state: Path) -> None:
    (line,) = explain_lines(state, None, Filters(), as_json=True)
    outcomes = {cell.at.key.id: cell[1:3] for cell in known_view(state, None).known()}
    text = list(explain_lines(state, None, Filters()))
    for rule in json.loads(line)["rules"]:
        assert outcomes[rule["example"]] == (rule["said"]["outcome"], rule["said"]["mechanism"])
        assert f"      e.g. {rule['example']}" in text


def test_explain_for_programs_is_as_its_schema_says(state: Path) -> None:
    schema = json.loads(Path(render.__file__).with_name("explain.schema.json").read_text(encoding="utf-8"))
    (line,) = explain_lines(state, None, Filters(), as_json=True)
    found = json.loads(line)
    jsonschema.validate(found, schema)
    assert any(each["pairs"] for rule in found["rules"] for each in rule["conditions"])


def test_explain_takes_filters(state: Path) -> None:
    _, head, *_ = explain_lines(state, None, Filters(helper=["ensure_awaitable"], lane=["epoll"]))
    tried = [cell for cell in make_results(only(ALL, *ENVIRONMENTS))
             if (cell.key.helper, cell.key.lane) == ("ensure_awaitable", "epoll")]  # fmt: skip
    assert int(head.split()[0].replace(",", "")) == len(tried)


def test_advise_says_what_to_write_and_what_was_not_measured(state: Path, tmp_path: Path) -> None:
    source = tmp_path / "mine.py"
    source.write_text(
        "from twisted.internet.threads import deferToThread\n\n\nasync def f():\n    await deferToThread(len, '')\n"
    )
    asked = Filters(platform=["linux,windows"], scrapy=[">=2.15"])
    text = "\n".join(advise_lines(state, None, asked, ["asyncio"], [source]))
    assert text.startswith("windows: nothing was measured there")
    assert "\nWhat to write: " in text
    assert "mine.py:5: await deferToThread(len, '')" in text
    assert "task-got-bad-yield" in text
    assert "write: await maybe_deferred_to_future(deferToThread(len, ''))" in text


def test_advise_reads_what_is_below_folders_together(state: Path, tmp_path: Path) -> None:
    use = "from .compat import deferred_to_future\nasync def f(x):\n    await deferred_to_future(x)\n"
    files = {
        "plugin/main.py": use,
        "plugin/compat.py": "from scrapy.utils.defer import deferred_to_future\n",
        "plugin/broken.py": "def",
        "plugin/.hidden/a.py": use,
        "plugin/venv/pyvenv.cfg": "",
        "plugin/venv/lib/b.py": use,
        "other.py": use,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    plugin = tmp_path / "plugin"
    told = list(advise_lines(state, None, Filters(), ["any"], [plugin, plugin / "main.py", tmp_path / "other.py"]))
    assert [line.strip() for line in told if "of a Deferred" in line] == [
        f"{plugin / 'compat.py'}: 0 uses of a Deferred",
        f"{plugin / 'main.py'}: 1 use of a Deferred",
        f"{tmp_path / 'other.py'}: 0 uses of a Deferred",
    ]
    assert any(line.startswith(f"\n{plugin / 'broken.py'}: not read: ") for line in told)
    assert any(line.startswith(f"{tmp_path / 'other.py'}:3: not decided: deferred_to_future") for line in told)


def test_advise_for_platforms_that_were_not_measured_gives_none(state: Path) -> None:
    assert list(advise_lines(state, None, Filters(platform=["windows"]), ["any"], [])) == [
        "windows: nothing was measured there; the advice does not speak of it",
        "    measure it on such a machine: scrapy-compat run --plan full --platform windows, with the advice there",
    ]


def test_advise_for_wine_names_the_measurement_that_is_kept_and_what_gives_advice(state: Path) -> None:
    _, where = advise_lines(state, None, Filters(platform=["wine"]), ["any"], [])
    assert where.startswith("    published/wine/matrix.md in the checkout shows a measurement; for advice measure it ")
    assert "scrapy-compat run --plan full --platform wine" in where


def test_advise_takes_lanes_by_their_names(state: Path) -> None:
    words = ["advise", "--state", str(state), "--json"]
    lane, reactor = (CliRunner().invoke(scrapy_compat, [*words, option, "asyncio-default"])
                     for option in ("--lane", "--reactor"))  # fmt: skip
    assert (lane.exit_code, lane.output) == (0, reactor.output)


def test_advise_refuses_what_is_no_python(state: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def (")
    with pytest.raises(ConfigurationError, match="cannot be read as Python"):
        list(advise_lines(state, None, Filters(), ["none,*-uvloop"], [tmp_path / "mine.py"]))


@pytest.mark.parametrize(
    "filters",
    [
        Filters(scrapy=[">=2.13"], python=["3.12", "pypy*"], helper=["copied_*"]),
        Filters(lane=["asyncio-*"], profile=["latest"], scenario=["callback_f*"]),
        Filters(cell=["*/epoll/*/direct"], platform=["linux"]),
    ],
)
def test_filters_choose_the_same_cells_as_for_every_other_command(filters: Filters) -> None:
    cells = list(view_of(make_plan(20_000)).known())
    selection = filters.over(Vocabulary.of_cells(cell.at.key for cell in cells))
    assert chosen(cells, filters) == [cell for cell in cells if selection.matches(cell.at.key)]


def test_a_reactor_that_is_none_is_refused_by_its_option(state: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"--reactor foo: is unknown\. Next: use one of any, asyncio"):
        list(advise_lines(state, None, Filters(), ["asyncio,foo"], []))
