"""Equal content has equal hashes, whatever form it comes in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from math import isnan
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.spine.store.canonical import (
    BLOCK_ROWS,
    canonical,
    content_digest,
    mix,
    row_hashes,
)

SAMPLE = {
    "id": pa.array([1, -2, None], pa.int64()),
    "ratio": pa.array([0.5, None, 3.0], pa.float64()),
    "name": pa.array(["ann", "", None], pa.string()),
    "day": pa.array([date(2026, 11, 3), None, date(1969, 12, 31)], pa.date32()),
    "at": pa.array([datetime(2026, 11, 3, tzinfo=UTC), None, None], pa.timestamp("us", "UTC")),
    "ok": pa.array([True, False, None], pa.bool_()),
    "raw": pa.array([b"\x00\xff", None, b""], pa.binary()),
    "tags": pa.array([["a", None], [], None], pa.list_(pa.string())),
    "spot": pa.array([{"x": 1}, {"x": None}, None], pa.struct([("x", pa.int64())])),
}


def hashes(columns: Any) -> list[str]:
    """Hash the rows of a table, as hexadecimal digits."""
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    return [row.astype("<u8").tobytes().hex() for row in row_hashes(canonical(table))]


def test_the_format_of_row_hashes_has_not_changed() -> None:
    # fixed on 2026-11-21; a change here makes every stored content root wrong
    assert hashes(SAMPLE) == [
        "a3d7828fffed77bed6f2137de4410e9b",
        "9dc265c5c05a20ef7a3fb69a7e898567",
        "3159c9a77c5f20c49d20fb0d74f37a0e",
    ]


def test_the_format_of_content_digests_has_not_changed() -> None:
    digest = content_digest(canonical(pa.table(SAMPLE)))

    assert digest == "2806e1607159b963db381b9995a8707d2ab2169e3210af0cef657eec34004e99"


def test_mix_is_the_finaliser_of_splitmix64() -> None:
    # first outputs of splitmix64 from seed 0, as in Vigna's splitmix64.c
    increment = np.uint64(0x9E3779B97F4A7C15)
    states = np.array([0, increment], np.uint64)

    assert mix(states).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4]


def test_the_order_of_columns_does_not_count() -> None:
    turned = {name: SAMPLE[name] for name in reversed(SAMPLE)}

    assert hashes(turned) == hashes(SAMPLE)


def test_chunks_do_not_count() -> None:
    whole = pa.table(SAMPLE)

    parts = pa.concat_tables([whole.slice(0, 1), whole.slice(1, 1), whole.slice(2)])

    assert hashes(parts) == hashes(whole)
    assert content_digest(canonical(parts)) == content_digest(canonical(whole))


def test_what_lies_outside_a_slice_does_not_count() -> None:
    whole = pa.table(SAMPLE)
    around = pa.concat_tables([whole, whole, whole]).slice(3, 3)

    assert hashes(around) == hashes(whole)
    assert content_digest(canonical(around)) == content_digest(canonical(whole))


def test_what_lies_under_a_null_does_not_count() -> None:
    clean = pa.array([1, None, 3], pa.int64())
    buffers = [clean.buffers()[0], pa.array([1, 99, 3], pa.int64()).buffers()[1]]
    dirty = pa.Array.from_buffers(pa.int64(), 3, buffers)

    assert hashes({"a": dirty}) == hashes({"a": clean})
    assert content_digest(pa.table({"a": dirty})) == content_digest(pa.table({"a": clean}))


@pytest.mark.parametrize(
    ("form", "plain"),
    [
        (pa.array(["a", "b", None]).dictionary_encode(), pa.array(["a", "b", None])),
        (pa.array(["a", None], pa.large_string()), pa.array(["a", None])),
        (pa.array(["a", None], pa.string_view()), pa.array(["a", None])),
        (pa.array([b"a", None], pa.large_binary()), pa.array([b"a", None])),
        (pa.array([0, None], pa.timestamp("s")), pa.array([0, None], pa.timestamp("us"))),
        (
            pa.array([0], pa.timestamp("ms", "Asia/Tokyo")),
            pa.array([0], pa.timestamp("us", "UTC")),
        ),
    ],
)
def test_another_form_of_the_same_values_becomes_the_plain_one(form: Any, plain: Any) -> None:
    made = canonical(pa.table({"a": form}))

    assert made.schema.field("a").type == plain.type
    assert hashes({"a": form}) == hashes({"a": plain})
    assert content_digest(made) == content_digest(pa.table({"a": plain}))


@pytest.mark.parametrize(
    "kind",
    [
        pa.int8(),
        pa.int16(),
        pa.int32(),
        pa.uint8(),
        pa.uint32(),
        pa.uint64(),
        pa.float32(),
        pa.float64(),
    ],
)
def test_whole_numbers_hash_alike_in_every_width(kind: pa.DataType) -> None:
    numbers = [0, 1, 100, None]

    assert hashes({"a": pa.array(numbers, kind)}) == hashes({"a": pa.array(numbers, pa.int64())})


def test_a_huge_unsigned_number_is_not_the_negative_one_of_the_same_bits() -> None:
    huge = hashes({"a": pa.array([2**64 - 1, 2**63], pa.uint64())})

    negative = hashes({"a": pa.array([-1, -(2**63)], pa.int64())})

    assert not set(huge) & set(negative)


def test_zero_has_no_sign_and_nan_has_one_form() -> None:
    odd = np.array([-0.0, np.nan, -np.nan], np.float64)
    odd_bits = np.array([0x7FF8000000000001], np.uint64).view(np.float64)

    plain = hashes({"a": pa.array([0.0, float("nan"), float("nan")])})

    assert hashes({"a": pa.array(odd)}) == plain
    assert hashes({"a": pa.array(odd_bits)}) == plain[1:2]


def test_nan_in_a_list_is_neither_null_nor_infinite() -> None:
    kind = pa.list_(pa.float64())
    odd = [[float("nan")], [None], [float("inf")], [float("-inf")]]

    found = hashes({"a": pa.array(odd, kind)})

    assert len(set(found)) == 4


@pytest.mark.parametrize("unit", ["s", "ms"])
def test_a_moment_too_far_for_microseconds_is_refused(unit: Any) -> None:
    far = pa.array([0, 2**62, None], pa.timestamp(unit))

    with pytest.raises(Invalid, match=f"column 'at' holds a moment {2**62} {unit}") as caught:
        canonical(pa.table({"at": far}))

    assert "microseconds" in caught.value.mend


def test_many_rows_hash_as_they_do_one_by_one() -> None:
    n_rows = 2 * BLOCK_ROWS + 3
    ids = np.arange(n_rows)
    columns: Any = {"id": ids, "half": ids / 2, "word": [f"w{n % 7}" for n in range(n_rows)]}
    rows = pa.table(columns)

    found = hashes(rows)

    places = [0, BLOCK_ROWS - 1, BLOCK_ROWS, n_rows - 1]
    assert [found[place] for place in places] == hashes(rows.take(places))


def test_nan_is_not_null() -> None:
    first, second = hashes({"a": pa.array([float("nan"), None]), "b": pa.array([1, 1])})

    assert first != second


def test_an_absent_column_is_as_one_of_nulls() -> None:
    without = hashes({"a": pa.array([1, 2])})

    for kind in (pa.null(), pa.int64(), pa.string(), pa.list_(pa.int64())):
        assert hashes({"a": pa.array([1, 2]), "b": pa.nulls(2, kind)}) == without


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": pa.array(["1"])}, {"a": pa.array([1])}),
        ({"a": pa.array([b"a"])}, {"a": pa.array(["a"])}),
        ({"a": pa.array([True])}, {"a": pa.array([1])}),
        ({"a": pa.array([""])}, {"a": pa.array([None], pa.string())}),
        ({"a": pa.array([1])}, {"b": pa.array([1])}),
        ({"a": pa.array([1]), "b": pa.array([2])}, {"a": pa.array([2]), "b": pa.array([1])}),
        ({"a": pa.array([0], pa.date32())}, {"a": pa.array([0], pa.timestamp("us"))}),
        ({"a": pa.array([0.5])}, {"a": pa.array([0.25])}),
        ({"a": pa.array([[]], pa.list_(pa.int64()))}, {"a": pa.nulls(1, pa.list_(pa.int64()))}),
        (
            {"a": pa.array([[None]], pa.list_(pa.int64()))},
            {"a": pa.array([[]], pa.list_(pa.int64()))},
        ),
        ({"a": pa.array([{"x": 1}])}, {"a": pa.array([{"y": 1}])}),
        ({"a": pa.array([Decimal("1.5")])}, {"a": pa.array(["1.5"])}),
    ],
)
def test_other_content_has_another_hash(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert hashes(one) != hashes(other)
    assert content_digest(pa.table(one)) != content_digest(pa.table(other))


def test_fixed_lists_such_as_embeddings_are_told_apart() -> None:
    kind = pa.list_(pa.float32(), 2)
    rows = pa.table({"v": pa.array([[1.0, 2.0], [2.0, 1.0], None], kind)})

    assert len(set(hashes(rows))) == 3
    assert content_digest(rows) != content_digest(rows.take([1, 0, 2]))


def test_no_rows_and_no_columns_have_hashes_too() -> None:
    nothing = pa.table({"a": pa.array([], pa.string())})

    assert row_hashes(canonical(nothing)).shape == (0, 2)
    assert len(content_digest(nothing)) == 64


CELLS = {
    "i": st.none() | st.integers(-(2**63), 2**63 - 1),
    "f": st.none() | st.floats(width=64),
    "s": st.none() | st.text(max_size=3),
    "b": st.none() | st.booleans(),
    "l": st.none() | st.lists(st.none() | st.integers(-3, 3), max_size=2),
}
KINDS = pa.schema(
    [
        ("i", pa.int64()),
        ("f", pa.float64()),
        ("s", pa.string()),
        ("b", pa.bool_()),
        ("l", pa.list_(pa.int64())),
    ]
)
ROWS = st.lists(st.fixed_dictionaries(CELLS), max_size=6)


def meaning(row: dict[str, Any]) -> str:
    """Write a row so that equal rows are equal texts: -0.0 is 0.0, NaN is NaN."""
    value = row["f"]
    plain = row | {"f": None if value is None else "nan" if isnan(value) else value + 0.0}
    return repr(sorted(plain.items()))


@given(ROWS)
def test_rows_have_equal_hashes_if_and_only_if_they_are_equal(rows: list[dict[str, Any]]) -> None:
    found = hashes(pa.Table.from_pylist(rows, schema=KINDS))

    for one, first in enumerate(rows):
        for two, second in enumerate(rows):
            assert (found[one] == found[two]) == (meaning(first) == meaning(second))


@given(ROWS, st.randoms(use_true_random=False))
def test_shuffled_rows_have_the_same_hashes_shuffled(
    rows: list[dict[str, Any]], chance: Any
) -> None:
    shuffled = chance.sample(rows, len(rows))

    before = hashes(pa.Table.from_pylist(rows, schema=KINDS))
    after = hashes(pa.Table.from_pylist(shuffled, schema=KINDS))

    assert sorted(before) == sorted(after)


@given(ROWS, ROWS)
def test_tables_have_equal_digests_if_and_only_if_they_are_equal(
    one: list[dict[str, Any]], other: list[dict[str, Any]]
) -> None:
    digests = [
        content_digest(canonical(pa.Table.from_pylist(rows, schema=KINDS))) for rows in (one, other)
    ]

    same = [meaning(row) for row in one] == [meaning(row) for row in other]
    assert (digests[0] == digests[1]) == same


@given(ROWS)
def test_a_canonical_table_is_canonical(rows: list[dict[str, Any]]) -> None:
    once = canonical(pa.Table.from_pylist(rows, schema=KINDS))

    twice = canonical(once)

    assert twice.schema == once.schema
    assert content_digest(twice) == content_digest(once)
