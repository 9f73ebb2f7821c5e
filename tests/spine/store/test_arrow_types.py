"""Arrow types as text and back."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid
from headgate.spine.store.arrow_types import type_named

PLAIN = [
    pa.null(),
    pa.bool_(),
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64()),
    *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
    *(pa.float16(), pa.float32(), pa.float64()),
    *(pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.binary(16)),
    *(pa.date32(), pa.date64(), pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")),
    *(pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.timestamp("ns", "Europe/Berlin")),
    *(pa.duration("s"), pa.duration("us"), pa.decimal128(10, 2), pa.decimal256(50, -3)),
]

NAMES = st.text("abcdefg_", min_size=1, max_size=5)


def nested(inner: st.SearchStrategy[pa.DataType]) -> st.SearchStrategy[pa.DataType]:
    """Wrap types in lists and structs."""
    fields = st.lists(st.tuples(NAMES, inner), min_size=1, max_size=3, unique_by=lambda one: one[0])
    return st.one_of(
        inner.map(pa.list_),
        inner.map(pa.large_list),
        inner.map(lambda kind: pa.list_(kind, 3)),
        fields.map(pa.struct),
    )


TYPES = st.recursive(st.sampled_from(PLAIN), nested, max_leaves=6)


@given(TYPES)
def test_a_type_written_as_text_is_read_as_the_same_type(kind: pa.DataType) -> None:
    assert type_named(str(kind)) == kind


def test_a_field_that_must_not_be_null_stays_one() -> None:
    kind = pa.struct([pa.field("a", pa.int64(), nullable=False), pa.field("b", pa.string())])

    assert type_named(str(kind)) == kind


@pytest.mark.parametrize(
    "kind",
    [
        pa.map_(pa.string(), pa.int64()),
        pa.dictionary(pa.int8(), pa.string()),
        pa.month_day_nano_interval(),
        pa.list_(pa.map_(pa.string(), pa.int64())),
        pa.struct([]),
    ],
)
def test_a_type_that_is_not_kept_is_refused_with_what_to_do(kind: pa.DataType) -> None:
    with pytest.raises(Invalid) as caught:
        type_named(str(kind))

    assert caught.value.mend in {"cast the column to text", "drop the column"}
