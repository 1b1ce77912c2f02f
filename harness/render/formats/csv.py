"""The cells as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from harness.model.ids import LaneName
from harness.render.cell_rows import COLUMNS, SeenValues, minor, seen_values
from harness.render.judged_view import JudgedView


def csv_parts(judged: JudgedView) -> Iterator[str]:
    """Return the cells as CSV, empty where there is nothing to say; the first line names the columns."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    run = judged.view.run.id
    known: dict[int, SeenValues] = {}
    for environment in judged.environments():
        planned = environment.view.planned
        where = (planned.platform, planned.python, planned.scrapy, minor(planned.scrapy), planned.profile)
        for (key, observation, seconds, origin), verdict, _ in environment.cells:
            seen = known.get(id(observation))
            if seen is None:
                seen = known[id(observation)] = seen_values(observation)
            writer.writerow((
                run, key.id, key.environment, *where, key.lane, *LaneName.parse(key.lane), key.scenario, key.helper,
                *seen[:-1], "" if seconds is None else round(seconds, 6), str(seen[-1]).lower(), origin,
                verdict.value,
            ))  # fmt: skip
        yield file.getvalue()
        file.seek(0)
        file.truncate()
