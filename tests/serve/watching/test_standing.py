"""Features of predictions that were logged by row ids alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from headgate.serve.watched import DeploymentWatch
from headgate.spine.work import Work
from headgate.spine.writes import Origin, Part, Write
from tests.serve.conftest import NOON, Serving, fresh

HOUR = timedelta(hours=1)
ROWS = {
    "wide": pa.array([2**64 - 1, 7], pa.uint64()),
    "raw": [b"\xff", None],
    "took": [timedelta(seconds=3), None],
    "price": [Decimal("1.50"), Decimal("2.00")],
    "tags": [["a"], []],
    "label": ["own", "own"],
    "mixed": [1, 2],
}


@pytest.fixture(scope="module")
def by_rows() -> Iterator[Serving]:
    """Two snapshots of one dataset, and predictions made of rows of either."""
    with fresh() as serving:
        for columns in (ROWS, {"mixed": ["x"], "extra": [True]}):
            with Work(serving.context) as work:
                origin = Origin(kind="commit", arrived_at=NOON)
                write = Write(dataset="rows", mode="replace")
                work.write(write, [Part(pa.table(columns), origin)])
        serving.deploy("prod")
        rows: list[dict[str, Any]] = [
            {"input_row_ids": [2, 1], "snapshot": "rows@1"},
            {"input_row_ids": [3], "snapshot": "rows@2"},
            {"input_row_ids": [1], "snapshot": "rows@1", "input": {"mixed": "own"}},
            {"input_row_ids": [], "snapshot": "rows@1"},
            {"input_row_ids": [1]},
            {"input_row_ids": [1], "snapshot": "rows@1"},
        ]
        serving.log(
            [row | {"at": NOON + n * HOUR} for n, row in enumerate(rows)], deployment="prod"
        )
        yield serving


def column(serving: Serving, name: str) -> list[Any]:
    parts = DeploymentWatch().rows(serving.context, "prod", NOON, NOON + 9 * HOUR, columns=(name,))
    return pa.concat_tables(parts).sort_by("at")[name].to_pylist()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wide", [7, None, None, None, None, None]),
        ("raw", [None, None, None, None, None, "/w=="]),
        ("took", [None, None, None, None, None, timedelta(seconds=3)]),
        ("price", [2.0, None, None, None, None, 1.5]),
        ("tags", ["[]", None, None, None, None, '["a"]']),
        ("mixed", ["2", "x", "own", None, None, "1"]),
        ("extra", [None, True, None, None, None, None]),
        ("input.label", ["own", None, None, None, None, "own"]),
    ],
)
def test_columns_of_the_first_row_are_features_whatever_their_type(
    by_rows: Serving, name: str, expected: list[Any]
) -> None:
    assert column(by_rows, name) == expected


def test_all_columns_come_beside_each_other(by_rows: Serving) -> None:
    parts = list(DeploymentWatch().rows(by_rows.context, "prod", NOON, NOON + 9 * HOUR))

    names = set(parts[0].column_names)
    assert {*ROWS, "extra", "input.label"} - {"label"} <= names
    assert {str(part.schema) for part in parts} == {str(parts[0].schema)}
