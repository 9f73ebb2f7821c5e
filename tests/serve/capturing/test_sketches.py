from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.serve.capturing.sketches import ALL, WIDTH, Sketch, cells_of, quantile, sketched

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
