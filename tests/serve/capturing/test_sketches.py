from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.serve.capturing import sketches
from headgate.serve.capturing.sketches import (
    ALL,
    OFFSET,
    WIDTH,
    Sketch,
    cells_of,
    quantile,
    sketched,
)

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
NUMBERS = st.lists(st.floats(-1e9, 1e9).filter(lambda x: x == 0 or abs(x) > 1e-9), min_size=1)


def table(*inputs: str | None, minutes: int = 0) -> pa.Table:
    at = [NOON + timedelta(minutes=minutes)] * len(inputs)
    nothing = pa.nulls(len(inputs), pa.string())
    columns = [pa.array(at, pa.timestamp("us", "UTC")), pa.array(inputs, pa.string())]
    return pa.table([*columns, nothing, nothing], names=["at", "input", "output", "extra"])


@given(values=NUMBERS)
def test_a_quantile_is_within_the_width_of_a_cell(values: list[float]) -> None:
    cells = cells_of(np.array(values))

    for share in (0.05, 0.5, 0.95):
        found = quantile(cells, share)
        exact = float(np.quantile(values, share, method="inverted_cdf"))
        assert found == pytest.approx(exact, rel=WIDTH - 1)


@given(one=NUMBERS, other=NUMBERS)
def test_sketches_of_parts_add_up_to_that_of_the_whole(
    one: list[float], other: list[float]
) -> None:
    parts = [Sketch(n=len(part), numbers=cells_of(np.array(part))) for part in (one, other)]

    whole = parts[0] + parts[1]

    assert whole == Sketch(n=len(one) + len(other), numbers=cells_of(np.array(one + other)))


def test_what_is_not_finite_or_not_there_falls_into_no_cell() -> None:
    assert cells_of(np.array([np.nan, np.inf])) == {}
    assert quantile({}, 0.5) is None


def test_fields_are_counted_by_the_hour_without_their_values() -> None:
    rows = table('{"age": 40, "ok": true, "note": "hello"}', '{"age": null, "ok": false}', None)
    later = table('{"age": 41}', minutes=90)

    found = sketched("prod", rows) | sketched("prod", later)

    hours = (NOON, NOON + timedelta(hours=1))
    assert found["prod", hours[0], ALL].n == 3
    assert found["prod", hours[0], "input.age"].n_missing == 2
    assert found["prod", hours[0], "input.ok"].n_true == 1
    assert sum(found["prod", hours[0], "input.note"].lengths.values()) == 1
    assert found["prod", hours[1], "input.age"].n == 1
    assert "hello" not in str(found)


@pytest.mark.parametrize(
    ("value", "cell"),
    [(0.0, 0), (-0.0, 0), (1.0, OFFSET), (-1.0, -OFFSET), (1.0501, OFFSET + 2), (5e-324, None)],
)
def test_a_number_has_one_cell_and_the_smallest_is_not_nought(
    value: float, cell: int | None
) -> None:
    ((found, n),) = cells_of(np.array([value])).items()

    assert n == 1
    assert found == cell if cell is not None else 0 < found < OFFSET


@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_negative_numbers_fall_into_the_cells_of_positive_ones_mirrored(
    values: list[float],
) -> None:
    numbers = np.array(values)

    assert cells_of(-numbers) == {-cell: n for cell, n in cells_of(numbers).items()}


@given(values=NUMBERS)
def test_quantiles_never_fall_as_the_share_rises(values: list[float]) -> None:
    cells = cells_of(np.array(values))

    found = [quantile(cells, share) or 0.0 for share in (0.01, 0.25, 0.5, 0.75, 1.0)]

    assert found == sorted(found)


def test_fields_of_one_dotted_name_are_counted_together() -> None:
    rows = table('{"a.b": 1}', '{"a": {"b": 2}}', '{"a.b": null}', "{}")

    found = sketched("prod", rows)["prod", NOON, "input.a.b"]

    assert found.n - found.n_missing == 2
    assert sum(found.numbers.values()) == 2


def test_what_is_no_object_is_counted_under_the_name_of_its_column() -> None:
    found = sketched("prod", table('"hello"', "[1, 2]", "7"))

    assert sum(found["prod", NOON, "input"].lengths.values()) == 3


def test_an_hour_begins_on_the_hour_before_1970_too() -> None:
    early = datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)
    rows = table('{"x": 1}').set_column(0, "at", pa.array([early], pa.timestamp("us", "UTC")))

    assert ("prod", datetime(1969, 12, 31, 23, tzinfo=UTC), "input.x") in sketched("prod", rows)


def test_only_so_many_fields_of_a_column_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "MOST_FIELDS", 3)
    fields = ", ".join(f'"f{n}": {n}' for n in range(9))

    found = sketched("prod", table(f"{{{fields}}}"))

    assert len(found) == 4
