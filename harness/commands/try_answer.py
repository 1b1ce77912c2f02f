"""What `try` answers from the cells of a stored run of a target."""

from __future__ import annotations

from dataclasses import replace

from harness.analysis.ranges import natural_key, short_labels
from harness.model.outcome import Outcome
from harness.render.view import ReportView
from harness.store.run_directory import Runs
from harness.targets.declared_range import declared_ranges
from harness.targets.minima import installed_minima
from harness.targets.pre_releases import installed_pre_releases
from harness.targets.target_answer import TargetAnswer, answer
from harness.targets.target_sources import source_findings
from harness.targets.tried_cell import TriedCell
from harness.targets.tried_target import TriedTarget


def answered(tried: TriedTarget, compared: tuple[str, str] | None) -> TargetAnswer:
    """Return what the cells of a tried target say. Raises `StorageError`.

    `compared`: two releases of Scrapy, before and after, that are compared.
    """
    with Runs(tried.read.state).open(tried.run_id) as store:
        view = ReportView.of_store(store)
        numbers = {number for block in view.blocks for number in block.evidence if number is not None}
        evidence = dict(store.evidence(sorted(numbers)))
        environments = store.environments(locks=False)
    cells = [
        _declared_out(
            TriedCell.of(cell.key, cell.observation, None if number is None else evidence[number].suite), tried
        )
        for block in view.blocks
        for cell, number in zip(block.cells(), block.evidence, strict=True)
    ]
    found = answer(cells, tried.built.modules, compared, tried.control.flaky)
    exact = {label: scrapy for scrapy, label in short_labels({cell.environment.scrapy for cell in cells}).items()}
    ranges = declared_ranges(tried.read.declared, found.python_outcomes, found.releases, exact)
    # What a project has locked are no promises to others.
    declared = ranges if tried.read.declared.project is None else ()
    minima = installed_minima(environments.values(), tried.built.requires)
    source = source_findings(
        tried.read.snapshot.source, sorted({cell.environment.scrapy for cell in cells}, key=natural_key)
    )
    early = installed_pre_releases(environments.values())
    return replace(found, declared=declared, minima=minima, source=source, pre_releases=early)


def _declared_out(cell: TriedCell, tried: TriedTarget) -> TriedCell:
    """Return a cell; as left out by the target itself where it declares neither, and has no packages either."""
    at = cell.environment
    if cell.outcome is Outcome.UNINSTALLABLE and not tried.read.declared.allows(at.python, at.scrapy):
        return replace(cell, outcome=Outcome.DECLARED_OUT)
    return cell
