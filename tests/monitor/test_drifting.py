"""One table measured against another, whatever their columns hold."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from headgate.monitor.documents import Columns, Monitor
from headgate.monitor.drifting import drift_of, measured
from headgate.monitor.thresholds import N_LEAST
from headgate.spine.context import Context, without_project
from headgate.spine.inspecting.nouns import Case, Loaded

N = 600
PLAIN = Monitor(monitor="people", watch="dataset:people")
COLUMNS: dict[str, Any] = {
    "nothing": pa.nulls(N),
    "yes or no": [n % 2 == 0 for n in range(N)],
    "moments": [datetime(2026, 1, 1) + timedelta(hours=n) for n in range(N)],  # noqa: DTZ001 - as files have them
    "days": [date(2026, 1, 1)] * N,
    "times": [time(1, 2)] * N,
    "decimals": [Decimal("1.5")] * N,
    "bytes": [b"\xff\x00"] * N,
    "lists": [[1.0, 2.0]] * N,
    "objects": [{"a": 1}] * N,
    "no numbers": [math.nan] * N,
    "large whole numbers": pa.array([2**64 - 1 - n for n in range(N)], pa.uint64()),
    "codes": pa.array(["a", "b"] * (N // 2)).dictionary_encode(),
    "any script": ["é\u202e😀"] * N,
}


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A folder that is no project."""
    return without_project(tmp_path_factory.mktemp("nowhere"))


def cases(
    context: Context, before: dict[str, Any], now: dict[str, Any], monitor: Monitor = PLAIN
) -> list[Case]:
    """Hold some columns against those before."""
    reference, current = Loaded("old.csv", pa.table(before)), Loaded("new.csv", pa.table(now))
    return list(drift_of(context, monitor, reference, current))


def broken(found: list[Case]) -> set[str]:
    return {one.name for one in found if one.remarks}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_any_type_does_not_drift_from_itself(nowhere: Context, name: str) -> None:
    found = cases(nowhere, {name: COLUMNS[name]}, {name: COLUMNS[name]})

    assert [one.name for one in found] == [name]
    assert broken(found) == set()


def test_a_column_that_is_gone_is_told_once_and_those_that_stay_are_not(nowhere: Context) -> None:
    values = list(range(N))

    found = cases(nowhere, {"age": values, "size": values}, {"size": values})

    assert [one.name for one in found] == ["age", "size"]
    assert broken(found) == {"age"}
    (remark,) = found[0].remarks
    assert (remark.rule, remark.place.file) == ("drift/people/age", "new.csv")


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        (Columns(include=("size",)), ["size"]),
        (Columns(exclude=("size",)), ["age"]),
        (Columns(), ["age", "size"]),
    ],
)
def test_only_columns_that_count_are_measured(
    nowhere: Context, columns: Columns, wanted: list[str]
) -> None:
    monitor = Monitor(monitor="people", watch="dataset:people", columns=columns)
    before = {"age": list(range(N)), "size": list(range(N))}
    now = {name: [n + 9 * N for n in values] for name, values in before.items()}

    found = cases(nowhere, before, now, monitor)

    assert sorted(broken(found)) == [one.name for one in found] == wanted


@pytest.mark.parametrize(("n", "is_skipped"), [(N_LEAST - 1, True), (N_LEAST, False)])
def test_as_many_rows_are_needed_as_a_monitor_needs(
    nowhere: Context, n: int, is_skipped: bool
) -> None:
    (case,) = cases(nowhere, {"age": list(range(N))}, {"age": list(range(N))[:n]})

    assert bool(case.skipped) is is_skipped
    assert case.skipped in ("", f"{n} rows are too few: {N_LEAST} are needed")


@pytest.mark.parametrize("name", ["age", "größe 😀", "a.b[0]"])
def test_values_that_go_missing_are_measured_as_their_share(nowhere: Context, name: str) -> None:
    values: list[int | None] = list(range(N))
    half = [one if n % 2 else None for n, one in enumerate(values)]

    found = measured(nowhere, PLAIN, pa.table({name: values}), pa.table({name: half}))

    (gone,) = [one for one in found if one.check == "missing"]
    assert (gone.subject, gone.kind) == (name, "missing values")
    assert gone.measured[0].value == pytest.approx(0.5)


def test_tables_of_no_rows_are_left_out(nowhere: Context, tmp_path: Path) -> None:
    empty = {"age": pa.array([], pa.int64())}

    found = cases(nowhere, empty, empty)

    assert [(one.name, one.skipped) for one in found] == [
        ("age", f"0 rows are too few: {N_LEAST} are needed")
    ]
    assert list(tmp_path.iterdir()) == []
