"""Segments are laid out by what is in them, and read back the same however that is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.spine.store.layout import GROUP_ROWS, parquet_settings
from tests.spine.store.test_golden_hashes import COLUMNS

RANDOM = np.random.default_rng(7)


def written(column: Any, name: str = "c") -> Any:
    """Write a column as a segment would be; return the open file."""
    table = pa.table({name: column})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **parquet_settings(table))
    return pq.ParquetFile(pa.BufferReader(sink.getvalue()))


def described(file: Any, place: int = 0) -> tuple[str, set[str]]:
    """Return how a leaf is compressed and encoded."""
    column = file.metadata.row_group(0).column(place)
    return column.compression, set(column.encodings)


@pytest.mark.parametrize("name", COLUMNS)
def test_every_kind_of_column_can_be_laid_out(name: str) -> None:
    column = COLUMNS[name]()
    if pa.types.is_string_view(column.type):
        column = column.cast(pa.string())

    found = written(column).read()["c"].combine_chunks()

    found = found if found.type == column.type else found.cast(column.type)
    assert found.equals(column) or has_nan(column)


def has_nan(column: Any) -> bool:
    """Say whether a column of fractions holds NaN, which equals nothing."""
    return pa.types.is_floating(column.type) and bool(np.isnan(column.drop_null()).any())


def test_values_that_repeat_get_a_dictionary() -> None:
    file = written(pa.array(["yes", "no"] * 1_000))

    compression, encodings = described(file)

    assert compression == "ZSTD"
    assert "RLE_DICTIONARY" in encodings


def test_whole_numbers_that_do_not_repeat_are_kept_as_differences() -> None:
    file = written(pa.array(np.arange(5_000)))

    compression, encodings = described(file)

    assert compression == "ZSTD"
    assert "DELTA_BINARY_PACKED" in encodings
    assert "RLE_DICTIONARY" not in encodings


def test_what_does_not_shrink_is_not_compressed() -> None:
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(RANDOM.normal(size=8_000)), 8)

    plain, nested = written(pa.array(RANDOM.normal(size=5_000))), written(vectors)

    assert described(plain)[0] == described(nested)[0] == "UNCOMPRESSED"


def test_each_field_of_a_record_is_laid_out_for_itself() -> None:
    fields = [pa.array(["a"] * 3_000), pa.array(RANDOM.normal(size=3_000))]

    file = written(pa.StructArray.from_arrays(fields, names=["same", "drawn"]))

    assert "RLE_DICTIONARY" in described(file, 0)[1]
    assert described(file, 1)[0] == "UNCOMPRESSED"


def test_a_few_small_rows_are_written_as_they_are() -> None:
    small, long = pa.array(["yes", "no"] * 10), pa.array(["word " * 2_000] * 10)

    plain, squeezed = written(small), written(long)

    assert described(plain) == ("UNCOMPRESSED", {"PLAIN", "RLE"})
    assert described(squeezed)[0] == "ZSTD"


def test_row_ids_never_get_a_dictionary() -> None:
    file = written(pa.array(np.zeros(3_000, np.int64)), "_rid")

    assert "RLE_DICTIONARY" not in described(file)[1]


def test_an_empty_table_has_a_layout_too() -> None:
    settings = parquet_settings(pa.table({"c": pa.array([], pa.int64())}))

    assert settings["row_group_size"] == GROUP_ROWS
