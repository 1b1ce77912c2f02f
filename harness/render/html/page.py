"""Puts the page together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.infra.resources import matrix_file
from harness.infra.text import one_line
from harness.judge.claim_results import ClaimVerdict, Judgement
from harness.judge.verdict import Verdict
from harness.matrix.load import load_matrix
from harness.matrix.spec import MatrixSpec
from harness.model.outcome import Outcome
from harness.render.adaptation_text import adaptation_section
from harness.render.cell_phrases import CellPhrases
from harness.render.coverage_phrases import coverage_section
from harness.render.html import assets, page_sections
from harness.render.html.cell_columns import Cells
from harness.render.html.columns import packed
from harness.render.html.environment_data import environments_object
from harness.render.html.evidence import Texts
from harness.render.html.inline_text import inline, sentence
from harness.render.html.rerun_script import again_object
from harness.render.html.support_table import LEGEND, SYMBOLS, support_tables
from harness.render.markdown.answers import answers
from harness.render.measured import machine, when
from harness.render.view import ReportView
from harness.render.wine_notice import wine_notice

if TYPE_CHECKING:
    from jinja2 import Environment

    from harness.render.listed_run import ListedRun


def render_page(view: ReportView, judgement: Judgement | None = None, past: Sequence[ListedRun] = ()) -> str:
    """Return the page as text. Raises `StorageError` where what lies behind cells cannot be read.

    `judgement`: of the view's cells; without it the page says nothing of claims and verdicts. `past`: its history.
    """
    spec = load_matrix(matrix_file())
    scripts = {"library": assets.library(), "own": assets.own_script()}
    context = {
        **scripts,
        "policy": " ".join(f"'{assets.hash_of(script)}'" for script in scripts.values()),
        "styles": assets.styles(),
        "data": page_data(view, judgement, spec),
        **_context(view, judgement, spec),
        "history": list(reversed(past)),
    }
    return page_templates().get_template("index.html.j2").render(context)


def page_data(view: ReportView, judgement: Judgement | None, spec: MatrixSpec) -> str:
    """Return what the page's scripts read, packed; `js/data.js` unpacks it."""
    texts = Texts()
    cells = Cells(view, judgement, texts)
    environments = environments_object(view, texts)
    header = {
        "run": {"id": view.run.id, "plan": view.run.plan, "started": view.run.started},
        "axes": {
            "platform": view.platforms, "scrapy": view.scrapys, "python": view.pythons, "profile": view.profiles,
            "lane": view.lanes, "scenario": view.scenarios, "helper": view.helpers,
        },
        "outcomes": [outcome.value for outcome in Outcome],
        "measured": [outcome.value for outcome in Outcome if outcome.measured],
        "verdicts": [] if judgement is None else [verdict.value for verdict in Verdict],
        "questions": {name: asked.question for name, asked in view.plan.scenarios.items()},
        "core": view.core.scenarios,
        **cells.header(),
        **environments,
        "mechanisms": _mechanisms(view),
        "claims": {} if judgement is None else {
            each.claim.id: [each.claim.text, each.verdict.value, each.claim.page] for each in judgement.claims
        },
        "lines": list(texts.lines),
        "again": again_object(view, spec),
    }  # fmt: skip
    return packed(header, {**cells.columns(), **texts.columns()})


def _mechanisms(view: ReportView) -> dict[str, str]:
    """Return what each mechanism means, as far as slugs go: a hostile one is no word that could be explained."""
    found = {each.mechanism for block in view.blocks for each in block.observations if each.mechanism is not None}
    return {one_line(each, 80): sentence(each) for each in sorted(found)[:2_000]}


def _context(view: ReportView, judgement: Judgement | None, spec: MatrixSpec) -> dict[str, Any]:
    where = CellPhrases(view, str)
    unexpected = [] if judgement is None else judgement.unexpected
    changed, changes_left_out = ([], 0) if judgement is None else page_sections.changes(view, where, judgement)
    return {
        "run": view.run,
        "when": when(view),
        "machines": list(map(machine, view.deliveries)),
        "count": view.count,
        "measured": view.measured,
        "unknown": view.unknown,
        "standing_in": (wine_notice(view) or "").replace("`", ""),
        "axes": {"scrapy": where.scrapy(view.scrapys), "python": where.python(view.pythons),
                 "platforms": view.platforms, "lanes": view.lanes, "profiles": view.profiles},
        "crawled": page_sections.crawled(view),
        "totals": [(outcome.value, count) for outcome, count in view.outcomes.most_common() if count],
        "answers": list(map(inline, answers(view))),
        "support": list(support_tables(view, unexpected)),
        "core": view.core.scenarios if len(view.core.scenarios) < len(view.scenarios) else [],
        "symbols": SYMBOLS,
        "legend": LEGEND,
        "judged": None if judgement is None else judgement.told_counts,
        "claim_counts": None if judgement is None else {
            each.value: judgement.claim_counts[each] for each in ClaimVerdict
        },
        "claims": [] if judgement is None else page_sections.claims(view, where, judgement),
        "ranges": page_sections.ranges(view),
        "pins": page_sections.pins(view, dict(spec.pins)),
        "not_run": page_sections.not_run(view, where),
        "coverage": coverage_section(view),
        "adaptation": adaptation_section(view),
        "changes": changed,
        "changes_left_out": changes_left_out,
    }  # fmt: skip


@cache
def page_templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = FileSystemLoader(Path(__file__).parent / "templates")
    made = Environment(loader=folder, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["number"] = "{:,}".format
    made.filters["markdown"] = inline
    return made
