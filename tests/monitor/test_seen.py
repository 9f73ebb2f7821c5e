"""A window is counted in parts, and some of its rows are kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from headgate.monitor.baseline import Baseline, family, is_free_text, plain
from headgate.monitor.reference import count
from headgate.monitor.seen import KEPT, Reservoir, looked_at, sampled
from tests.monitor.seeing import baseline_of

RNG = np.random.default_rng(1)
TABLE = pa.table(
    {
        "a": pa.array(RNG.normal(size=5000)),
        "b": pa.array(RNG.choice(["x", "y", "z"], 5000, p=[0.8, 0.15, 0.05])),
        "ok": pa.array(RNG.random(5000) < 0.5),
    }
)


def baseline() -> Baseline:
    return baseline_of({name: TABLE[name] for name in TABLE.column_names})


def test_parts_add_up_to_the_whole_and_the_oldest_row_does_not_matter() -> None:
    parts = [TABLE.slice(0, 1000), TABLE.slice(1000, 10), TABLE.slice(1010)]

    tally, rows, n = looked_at(parts, baseline(), None)

    data, _ = tally.windows()
    whole = count(baseline().data, TABLE)
    assert data.columns["b"] == whole.columns["b"]
    assert data.columns["a"].n == 5000
    assert (n, rows.num_rows, tally.n_rows) == (5000, 5000, 5000)


def test_columns_that_hold_nothing_are_missing_and_others_of_another_kind_are_not_counted() -> None:
    part = pa.table({"a": pa.nulls(10), "b": pa.array(range(10)), "ok": [True] * 10})

    tally, _, _ = looked_at([part], baseline(), None)

    data, _ = tally.windows()
    assert (data.columns["a"].n, data.columns["a"].n_null) == (0, 10)
    assert "b" not in data.columns
    assert tally.types == {"a": "nothing", "b": "number", "ok": "boolean"}


def test_of_too_many_rows_each_is_as_likely_to_be_kept() -> None:
    kept = Reservoir(1000)

    for start in range(0, 50_000, 5000):
        kept.add(pa.table({"n": pa.array(np.arange(start, start + 5000))}))

    numbers = np.asarray(kept.rows()["n"])
    assert len(numbers) == 1000
    assert np.all(np.diff(numbers) > 0)
    counts = np.bincount(numbers // 5000, minlength=10)
    assert counts.min() > 60
    assert counts.max() < 145


@pytest.mark.row("S2-31", part="stratified")
def test_a_stratified_sample_keeps_the_share_of_each_stratum() -> None:
    part = sampled(TABLE, 500, ["b", "ok"])

    shares, exact = shares_of(part), shares_of(TABLE)
    assert part.num_rows == 500
    assert shares == pytest.approx(exact, abs=4 / 500)
    assert sampled(TABLE, 500, ["b"]).equals(sampled(TABLE, 500, ["b"]))
    assert sampled(TABLE, 6000, []) is TABLE


def shares_of(table: pa.Table) -> dict[str, float]:
    counted: Any = pc.value_counts(table["b"])
    return {one["values"]: one["counts"] / table.num_rows for one in counted.to_pylist()}


def test_a_sample_is_counted_in_the_place_of_all_rows() -> None:
    tally, rows, n = looked_at([TABLE], baseline(), (700, ()))

    assert (n, rows.num_rows, tally.n_rows) == (5000, 700, 700)
    assert KEPT > 5000


def test_no_rows_make_an_empty_window() -> None:
    tally, rows, n = looked_at([], baseline(), None)

    data, answers = tally.windows()
    assert (n, rows.num_rows, data.columns, answers.columns) == (0, 0, {}, {})
    assert tally.newest_at is None


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (pa.decimal128(8, 2), "number"),
        (pa.large_string(), "text"),
        (pa.time64("us"), "time"),
        (pa.list_(pa.int8(), 3), "list"),
        (pa.struct([]), "object"),
        (pa.large_binary(), "bytes"),
        (pa.null(), "nothing"),
    ],
)
def test_each_type_is_of_a_kind(kind: pa.DataType, told: str) -> None:
    assert family(kind) == told


def test_free_text_is_no_category() -> None:
    names = pa.array(["Oslo", "Rome"] * 100)
    words = pa.array([f"a sentence of its own, number {n}" for n in range(200)])
    long = pa.array(["the same long sentence " * 5] * 200)

    told = [is_free_text(one) for one in (names, words, long, words.slice(0, 20), pa.array([1]))]

    assert told == [False, True, True, False, False]


def test_dictionaries_and_decimals_are_read_as_what_they_hold() -> None:
    letters = pa.array(["x", None, "x"]).dictionary_encode()
    amounts = pa.array([1, None], pa.decimal128(8, 2))

    assert plain(letters).to_pylist() == ["x", None, "x"]
    assert plain(amounts).to_pylist() == [1.0, None]


@given(
    values=st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=80),
    most=st.integers(1, 80),
)
def test_a_sample_keeps_the_share_of_each_stratum_to_a_row(
    values: list[str | None], most: int
) -> None:
    table = pa.table({"id": list(range(len(values))), "by": pa.array(values, pa.string())})

    drawn = sampled(table, most, ["by", "gone"])

    ids: list[Any] = drawn["id"].to_pylist()
    assert len(ids) == min(most, len(values))
    assert ids == sorted(set(ids))
    ratio = len(ids) / len(values)
    for one in set(values):
        expected = values.count(one) * ratio
        assert abs(drawn["by"].to_pylist().count(one) - expected) < 1 + 1e-9


def test_a_column_of_objects_parts_no_rows() -> None:
    table = pa.table({"by": [{"x": n} for n in range(9)], "tags": [["t"]] * 9})

    assert sampled(table, 4, ["by", "tags"]).num_rows == 4


@given(sizes=st.lists(st.integers(0, 30), max_size=8), most=st.integers(1, 40))
def test_a_reservoir_keeps_so_many_rows_in_their_order(sizes: list[int], most: int) -> None:
    kept, n = Reservoir(most), 0
    for size in sizes:
        kept.add(pa.table({"id": pa.array(range(n, n + size), pa.int64())}))
        n += size

    found = kept.rows()

    ids: list[Any] = found["id"].to_pylist() if found.num_columns else []
    assert len(ids) == min(n, most)
    assert ids == sorted(set(ids))


def test_every_row_is_as_likely_to_be_kept_wherever_it_came() -> None:
    kept = Reservoir(1000)
    for start in range(0, 20_000, 500):
        kept.add(pa.table({"id": pa.array(range(start, start + 500), pa.int64())}))

    ids = np.array(kept.rows()["id"])

    counts = np.bincount(ids // 5000, minlength=4)
    assert chisquare(counts).pvalue > 0.001
