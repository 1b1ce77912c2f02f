"""harness.render.html: the page as a file, without a browser."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.commands.run_end import write_reports
from harness.judge.claim_results import judge_cells
from harness.judge.claims_file import load_claims
from harness.judge.verdict import Judge
from harness.model.outcome import Outcome
from harness.render.existing_report import is_of_run
from harness.render.html import assets
from harness.render.html.cell_columns import level_of
from harness.render.html.columns import Column
from harness.render.html.evidence import LEFT_OUT, Texts
from harness.render.html.page import render_page
from harness.render.html.support_table import support_tables
from harness.render.mechanisms import explained
from harness.render.view import ReportView
from tests.support.claim_fixture import CLAIMS
from tests.support.pages import ATTACK, data_of, make_page, undone
from tests.support.synthetic import make_plan
from tests.support.views import view_of

ROOT = Path(__file__).resolve().parents[2]
MEBIBYTE = 1 << 20


class Tags(HTMLParser):
    """The tags of a page and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]


@pytest.fixture(scope="module")
def view() -> ReportView:
    return view_of(make_plan(12_000))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_page(tmp_path_factory.mktemp("state"), make_plan(12_000), hostile=True)


@pytest.mark.slow
def test_the_page_is_one_of_the_files_of_a_report_and_says_of_which_run_it_is(view: ReportView, tmp_path: Path) -> None:
    *_, path = write_reports(view, tmp_path)
    assert path.name == "index.html"
    assert is_of_run(path, view.run.id)


def test_every_cell_of_the_view_is_in_the_data_as_the_view_has_it(view: ReportView) -> None:
    header, columns = data_of(render_page(view))
    seen = [header["seen"][number] for number in undone(header, columns, "seen")]
    cells = list(view.cells())
    assert [each[0] for each in seen] == [cell.observation.outcome.value for cell in cells]
    assert [each[1] for each in seen] == [cell.observation.mechanism for cell in cells]
    assert Counter(each[0] for each in seen) == {key.value: count for key, count in view.outcomes.items() if count}
    assert undone(header, columns, "time") == [level_of(cell.seconds) for cell in cells]
    scenarios, helpers = header["axes"]["scenario"], header["axes"]["helper"]
    ids = [
        f"{header['environments'][environment]['id']}/{header['axes']['lane'][lane]}/{scenarios[one]}/{helpers[other]}"
        for environment, lane, grid in zip(*(columns[f"block_{name}"] for name in ("environment", "lane", "grid")),
                                           strict=True)
        for one, other in zip(*header["grids"][grid], strict=True)
    ]  # fmt: skip
    assert ids == [cell.key.id for cell in cells]


def test_verdicts_and_the_claims_a_cell_bears_on_are_in_the_data(view: ReportView, tmp_path: Path) -> None:
    (tmp_path / "claims.toml").write_text(CLAIMS)
    judgement = judge_cells(Judge(load_claims(tmp_path / "claims.toml", {})), view.known)
    header, columns = data_of(render_page(view, judgement))
    judged = [header["judged"][number] for number in undone(header, columns, "judged")]
    assert [each[0] for each in judged] == [verdict.value for verdict in judgement.verdicts]
    against = Counter(claim for each in judged for claim in each[2])
    assert against == {each.claim.id: each.disagreeing for each in judgement.claims if each.disagreeing}


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.lists(st.integers(0, 2**32 - 2), min_size=3, max_size=3)),
        min_size=1,
        max_size=20,
    )
)
def test_a_column_is_read_back_as_it_was_written(blocks: list[tuple[int, list[int]]]) -> None:
    column = Column()
    for like, numbers in blocks:
        column.add((like, 0), numbers)
    header = {"grids": [[[0, 1, 2], [0, 0, 0]]]}
    columns = {
        "it": column.numbers().tolist(),
        "block_lane": [like for like, _ in blocks],
        "block_grid": [0] * len(blocks),
    }
    assert undone(header, columns, "it") == [number for _, numbers in blocks for number in numbers]


def test_nothing_of_a_hostile_cell_becomes_markup(page: str) -> None:
    tags = Tags(page)
    assert tags.names["script"] == 3
    assert tags.names["img"] == 0
    assert not [each for each in tags.attributes if each[1].startswith("on")]
    assert "window.attacked" in page
    assert ATTACK not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_the_page_asks_nothing_of_a_network(page: str) -> None:
    tags = Tags(page)
    places = [value for _, name, value in tags.attributes if name in {"src", "href", "action", "data", "srcset"}]
    assert places
    assert [value for value in places if not value.startswith(("#", "data:"))] == []
    policy = next(value for tag, name, value in tags.attributes if tag == "meta" and value.startswith("default-src"))
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]


def test_what_is_hostile_is_shown_as_text_or_cut_with_a_mark(page: str) -> None:
    header, _ = data_of(page)
    lines = [line for line in header["lines"] if "window.attacked" in line]
    assert lines
    assert all("\\x1b[31mred\\x07\\u202e" in line for line in lines)
    detail = next(each[2] for each in header["seen"] if each[2] is not None and "window.attacked" in each[2])
    assert re.search(r"\[… [\d,]+ characters cut\]$", detail)
    assert any(re.search(r"\[… [\d,]+ characters cut …\]", line) for line in header["lines"])
    assert max(map(len, header["lines"])) < 1_000
    assert len(page) < 2 * MEBIBYTE


def test_a_text_is_kept_once_and_one_that_is_too_much_says_so() -> None:
    texts = Texts(budget=100)
    assert texts.add("") == texts.add(" \n") == 0
    assert texts.add("one\ntwo") == texts.add("one\ntwo\n")
    left_out = texts.add("y" * 200)
    columns = texts.columns()
    start = sum(columns["text_sizes"][:left_out])
    assert [list(texts.lines)[number] for number in columns["text_lines"][start:]] == [LEFT_OUT]


def test_the_place_of_the_environments_is_in_no_text() -> None:
    texts = Texts()
    texts.add('File "/home/me/.cache/scrapy-compat/envs/11d6f211450e2d43ff916fb8/venv/lib/x.py", line 1')
    assert list(texts.lines) == ['File "<environment>/lib/x.py", line 1']


@pytest.mark.slow
@pytest.mark.parametrize("adversarial", [False, True])
def test_a_page_of_100_000_cells_is_under_6_mebibytes_whatever_they_hold(adversarial: bool) -> None:  # noqa: FBT001
    view = view_of(make_plan(100_000), adversarial=adversarial)
    assert view.count >= 100_000
    assert len(render_page(view).encode()) < 6 * MEBIBYTE


@pytest.mark.slow
def test_a_view_without_cells_has_a_page_that_says_so() -> None:
    plan = make_plan(30_000)
    page = render_page(view_of(plan, results=[], environments=[]))
    assert "Nothing was measured on linux." in page
    assert "Claims of the documentation" not in page


def test_the_table_counts_what_was_tried_and_names_what_is_left_out(view: ReportView) -> None:
    (table,) = support_tables(view, [])
    spans = [span for rows in table.helpers.values() for row in rows for span in row.spans]
    assert {span.state for span in spans} >= {"yes", "no", "absent"}
    tried = sum(each.outcome.measured and each.mechanism != "helper-missing" for each in view.core.seen)
    told = sum(
        int(re.sub(",", "", found)) for span in spans for found in re.findall(r" of ([\d,]+) cells? passed", span.told)
    )
    assert told + table.aside == tried
    for rows in table.helpers.values():
        assert all(sum(len(span.releases) for span in row.spans) == len(table.releases) for row in rows)


def test_a_cell_that_is_not_as_expected_is_marked_in_the_table(view: ReportView) -> None:
    surprising = next(cell for cell in view.known() if cell.outcome is Outcome.PASS)
    (table,) = support_tables(view, [surprising])
    marked = [(helper, span) for helper, rows in table.helpers.items() for row in rows for span in row.spans
              if span.unexpected]  # fmt: skip
    assert [(helper, span.lanes, span.unexpected) for helper, span in marked] == [
        (surprising.at.helper, (surprising.at.lane,), 1)
    ]


@pytest.mark.parametrize(
    ("mechanism", "words"),
    [
        ("signal-11", "signal 11"),
        ("cannot-import-_safe_chars", "`_safe_chars` cannot be imported"),
        ("raised-value-error", "`ValueError`"),
        ("something-new", "“something-new”"),
    ],
)
def test_a_mechanism_that_is_not_known_is_explained_by_its_slug(mechanism: str, words: str) -> None:
    assert words in explained(mechanism)


def test_modules_of_the_page_stand_after_those_they_import(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\nimport " not in assets.own_script()
    assert "\nexport " not in assets.own_script()
    assets.own_script.cache_clear()
    monkeypatch.setattr(assets, "MODULES", assets.MODULES[::-1])
    with pytest.raises(ValueError, match="does not stand before it"):
        assets.own_script()


def test_every_script_and_template_of_the_page_is_used() -> None:
    folder = assets.FOLDER
    assert {path.stem for path in (folder / "js").iterdir()} == set(assets.MODULES)
    assert (folder / "vendor" / "dataTables.LICENSE.txt").read_text().startswith("The MIT License")


def test_the_scripts_use_no_way_to_make_markup_of_text() -> None:
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", assets.own_script())


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('  File "/home/me/.cache/x/envs/0123456789abcdef01/venv/lib/python3.9/site-packages/a.py", line 1, in f',
         '  File "<environment>/lib/python3.9/site-packages/a.py", line 1, in f'),
        ("in /home/me/.pyenv/versions/3.9.1/lib/python3.9/abc.py", "in <python>/lib/python3.9/abc.py"),
        ('File "C:\\Users\\me\\compat\\scenarios\\kit\\blame.py"', 'File "<scenarios>\\kit\\blame.py"'),
        ("GET http://127.0.0.1/lib/python3/x", "GET http://127.0.0.1/lib/python3/x"),
    ],
)  # fmt: skip
def test_no_place_of_the_machine_is_in_the_page(line: str, shown: str) -> None:
    texts = Texts()
    texts.add(line)
    assert list(texts.lines) == [shown]
