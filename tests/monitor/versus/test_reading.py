"""A comparison reads the window that it is about once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from headgate.monitor.versus.comparison import compare
from headgate.monitor.versus.reports import CompareInputs
from headgate.spine.context import Context
from headgate.surfaces.python import Project
from tests.monitor.worlds import Stream, days_of, watch


class Counted(Stream):
    """Counts how often each window is read."""

    def __init__(self, name: str, tables: dict[str, pa.Table]) -> None:
        super().__init__(name, tables)
        self.n_reads: Counter[tuple[datetime, datetime]] = Counter()

    def rows(
        self, context: Context, target: str, since: datetime, until: datetime, /, **more: Any
    ) -> Iterator[pa.Table]:
        self.n_reads[since, until] += 1
        return super().rows(context, target, since, until, **more)


def make(day: int, n: int) -> dict[str, Any]:
    rng = np.random.default_rng(day)
    return {"age": pa.array(rng.normal(40 + 20 * (day == 1), 10, n))}


def test_the_window_is_read_once_and_compared_whole(project: Project, context: Context) -> None:
    train = make(0, 2000)
    project.dataset.commit("train", pa.table(train))
    stream = Counted("deployment", {"prod": days_of(make, 2, 500)})
    watch(context, stream)

    found = compare(context, CompareInputs(watch="deployment:prod", train="train@1"))

    window = (found.seen.window.since, found.seen.window.until)
    assert stream.n_reads[window] == 1
    assert found.seen.window.n_rows == 500
    assert ("age", "mean shift") in {(one.subject, one.kind) for one in found.seen.findings}
