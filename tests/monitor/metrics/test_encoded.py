"""A window counts the same however it lies in memory: in chunks, with a dictionary, in 32 bits."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.monitor.metrics._cells import categories
from headgate.monitor.metrics._numbers import kind_of, numbers
from headgate.monitor.reference import fit_column

WORDS = st.lists(st.sampled_from(["a", "b", "c", "dé", "", None]), max_size=40)


@given(first=WORDS, second=WORDS)
def test_a_dictionary_and_chunks_count_as_plain_text(
    first: list[str | None], second: list[str | None]
) -> None:
    plain = pa.array([*first, *second], pa.string())
    chunks = [pa.array(one, pa.string()) for one in (first, second)]
    encoded = pa.chunked_array([one.dictionary_encode() for one in chunks])

    found = [categories(one) for one in (plain, pa.chunked_array(chunks), encoded)]

    assert found[0] == found[1] == found[2]
    assert kind_of(plain) == kind_of(encoded) == "category"


def test_a_name_that_a_dictionary_holds_twice_is_one() -> None:
    twice = pa.DictionaryArray.from_arrays(
        pa.array([0, 1, 2, None, 3]), pa.array(["x", "x", None, "y"])
    )

    counted = categories(twice)

    assert counted == ({"x": 2, "y": 1}, 2, 0)


def test_numbers_in_a_dictionary_are_numbers() -> None:
    encoded = pa.array([3.5, 1.5, 3.5, None]).dictionary_encode()

    found = numbers(encoded)

    assert kind_of(encoded) == "number"
    assert (found.ordered.tolist(), found.n_null) == ([1.5, 3.5, 3.5], 1)


@pytest.mark.parametrize("kind", ["float16", "float32", "int8", "int64", "uint32", "bool"])
def test_values_sorted_in_their_own_type_are_those_sorted_as_64_bit_floats(kind: str) -> None:
    values = np.random.default_rng(0).normal(0, 40, 1000).astype(kind)

    found = numbers(values)

    assert found.ordered.dtype == np.float64
    assert np.array_equal(found.ordered, np.sort(values.astype(np.float64)))
    assert fit_column(values) == fit_column(values.astype(np.float64)) or kind == "bool"


def test_nan_among_32_bit_values_is_counted() -> None:
    values = np.array([2, np.nan, 1, np.inf, np.nan], np.float32)

    found = numbers(values)

    assert (found.ordered.tolist(), found.n_nan) == ([1.0, 2.0, np.inf], 2)
