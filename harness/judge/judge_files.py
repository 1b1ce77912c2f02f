"""The files that judges go by -> a judge."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from harness.judge.baseline_file import BaselineFolder
from harness.judge.claims_file import load_claims
from harness.judge.verdict import Judge
from harness.matrix.spec import MatrixSpec
from harness.plan.selection import Vocabulary
from harness.scenarios.parse import HELPERS, NO_HELPER


def vocabulary(spec: MatrixSpec, scenarios: Iterable[str]) -> Vocabulary:
    """Return the names that filters, claims and baselines can use."""
    return Vocabulary.of_matrix(spec, scenarios, (*HELPERS, NO_HELPER))


def load_judge(claims: Path, baselines: Path, known: Vocabulary, *, strict: bool) -> Judge:
    """Load the judge by a file of claims and a folder of baselines. Raises `ConfigurationError` where one is wrong:
    for baselines when one is asked for first.

    `strict`: names in the claims that are not `known` are errors. They are no errors where claims are read
    with another matrix than their own, which may have less in it.
    """
    found = load_claims(claims, known.scrapys, known if strict else None, known.stand_ins)
    return Judge(found, BaselineFolder(baselines, known.scrapys), digest=_digest([claims, *baselines.glob("*.toml")]))


def _digest(paths: Iterable[Path]) -> str:
    parts = [path.name.encode() + b"\0" + path.read_bytes() for path in sorted(paths)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
