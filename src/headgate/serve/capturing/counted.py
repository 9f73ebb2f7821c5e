"""Reads what was counted by the hour of predictions of which nothing else is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from headgate.serve import queries
from headgate.serve.capturing.sketches import ALL, quantile
from headgate.serve.deployments import get_deployment

if TYPE_CHECKING:
    from datetime import datetime

    from headgate.serve.capturing.sketches import Sketch
    from headgate.serve.nouns import ReadSketches
    from headgate.spine.context import Context

SHARES = {"low": 0.05, "middle": 0.5, "high": 0.95}
"""Quantiles that are told of each field, by the name of the column [ratio]."""
_DIGITS = 3
"""Digits that a cell 5 % wide is worth."""
SCHEMA = pa.schema(
    [
        ("since", pa.timestamp("us", "UTC")),
        ("field", pa.string()),
        ("n", pa.int64()),
        ("n_missing", pa.int64()),
        ("n_true", pa.int64()),
        ("of", pa.string()),
        *((name, pa.float64()) for name in SHARES),
    ]
)


def read_sketches(context: Context, request: ReadSketches) -> pa.Table:
    """List by hour and field how many values there were, and how large or long they were.

    Numbers, and lengths of texts, are told to 5 %.

    Raises:
        NotFound: there is no such deployment.
    """
    with context.catalog.read() as connection:
        get_deployment(connection, context.tenant, request.deployment)
        rows = queries.sketch_rows(connection, context.tenant, request.deployment)
    totals = {since: sketch.n for since, field, sketch in rows if field == ALL}
    listed = [
        _row(since, field, sketch, totals[since])
        for since, field, sketch in rows
        if field != ALL
        and (request.since is None or since >= request.since)
        and (request.until is None or since < request.until)
    ]
    return pa.Table.from_pylist(listed, schema=SCHEMA)


def _row(since: datetime, field: str, sketch: Sketch, n: int) -> dict[str, Any]:
    cells = sketch.numbers or sketch.lengths
    row: dict[str, Any] = {"since": since, "field": field, "n": n, "n_true": sketch.n_true}
    row["n_missing"] = n - (sketch.n - sketch.n_missing)
    row["of"] = "numbers" if sketch.numbers else "lengths" if sketch.lengths else None
    for name, share in SHARES.items():
        size = quantile(cells, share)
        row[name] = None if size is None else _told(size, is_length=not sketch.numbers)
    return row


def _told(size: float, *, is_length: bool) -> float:
    return float(round(size)) if is_length else float(f"{size:.{_DIGITS}g}")
