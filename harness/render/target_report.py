"""The report of a target: a page, Markdown and JSON, which say the same."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from harness.infra.files import storage_errors, write_whole
from harness.infra.text import one_line
from harness.render.html.target_page import render_target_page
from harness.render.markdown.templates import templates
from harness.render.rerun_command import run_again
from harness.render.target_document import target_document
from harness.render.target_words import cause_heading, cause_place, change_lines, control_lines, sections, sentences
from harness.render.to_plain import plain
from harness.targets.target_answer import CAUSES, TargetAnswer
from harness.targets.tried_target import TriedTarget

PAGE = "index.html"


def write_target_report(tried: TriedTarget, answer: TargetAnswer, folder: Path) -> Path:
    """Write `index.html`, `report.md` and `report.json` into a folder; return the page. Raises `StorageError`."""
    told = _told(tried, answer)
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        document = json.dumps(plain(target_document(tried, answer)), indent=1) + "\n"
        write_whole(folder / "report.json", document)
        write_whole(folder / "report.md", templates().get_template("target.md.j2").render(told))
        write_whole(folder / PAGE, render_target_page(told))
    return folder / PAGE


def _told(tried: TriedTarget, answer: TargetAnswer) -> dict[str, Any]:
    """Return what the templates write."""
    return {
        "title": one_line(f"{tried.built.told}, {tried.read.snapshot.revision}"),
        "works": bool(answer.works),
        "sentences": [*sentences(tried, answer)],
        "columns": [*answer.table[0].lanes] if answer.table else [],
        "rows": answer.table,
        "control": [*control_lines(tried)],
        "change": [] if answer.change is None else [line.strip() for line in change_lines(answer.change)],
        "unit": "A spider" if answer.spiders else "The shortest test",
        "causes": [
            {
                "heading": cause_heading(cause),
                "place": cause_place(cause),
                "detail": one_line(cause.detail),
                "test": None if cause.test is None else one_line(cause.test),
                "file": None if cause.place is None else one_line(cause.place),
                "example": cause.example,
                "command": one_line(run_again(tried.read.command, cause.example)),
            }
            for cause in answer.causes[:CAUSES]
        ],
        "more": max(0, len(answer.causes) - CAUSES),
        "sections": [*sections(answer)],
        "run": tried.run_id,
        "every": shlex.join(["scrapy-compat", "cells", "--state", str(tried.read.state)]),
    }
