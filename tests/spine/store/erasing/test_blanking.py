"""Blanking a file: positions stay, payload goes, and every type can be blanked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headgate.spine.store.blobs import LocalBlobs
from headgate.spine.store.canonical import content_digest
from headgate.spine.store.erasing.blanking import (
    MARK,
    blank_rows,
    blanked,
    erased_positions,
    planned,
)

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS: dict[str, Any] = {
    "number": pa.array([1, 2, 3]),
    "small": pa.array([1, 2, 3], pa.uint8()),
    "fraction": pa.array([0.5, 1.5, 2.5]),
    "text": pa.array(["a", "b", "c"]),
    "bytes": pa.array([b"a", b"b", b"c"]),
    "truth": pa.array([True, False, True]),
    "day": pa.array([date(2026, 1, n) for n in (1, 2, 3)]),
    "at": pa.array([datetime(2026, 1, n, tzinfo=UTC) for n in (1, 2, 3)]),
    "took": pa.array([timedelta(seconds=n) for n in (1, 2, 3)]),
    "sum": pa.array([Decimal("1.5"), Decimal("2.5"), Decimal("3.5")]),
    "list": pa.array([[1], [2, 2], []]),
    "struct": pa.array([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "b": "z"}]),
    "embedding": pa.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], pa.list_(pa.float32(), 2)),
    "nothing": pa.nulls(3),
    "fixed": pa.array([b"aa", b"bb", b"cc"], pa.binary(2)),
}


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path, "default")


def _layout(_table: pa.Table) -> dict[str, Any]:
    return {"compression": "zstd", "row_group_size": 2}


def _stored(blobs: LocalBlobs, table: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    blobs.put("segments/aa/a.parquet", sink.getvalue())
    return "segments/aa/a.parquet"


@pytest.mark.parametrize("name", COLUMNS)
def test_a_cell_of_any_type_can_be_blanked_and_its_neighbours_stay(name: str) -> None:
    table = pa.table([COLUMNS[name]], names=[name])

    blank = blank_rows(table, np.array([1]))

    kept: list[Any] = table[name].to_pylist()
    assert blank[name].to_pylist() == [kept[0], None, kept[2]]
    assert blank.schema == table.schema


def test_columns_to_keep_stay_and_hashes_become_zero() -> None:
    hashes = pa.array([b"x" * 16, b"y" * 16], pa.binary(16))
    table = pa.table([pa.array([7, 8]), hashes], names=["_rid", "_rh"])

    blank = blank_rows(table, np.array([0]), keep=("_rid",))

    assert blank["_rid"].to_pylist() == [7, 8]
    assert blank["_rh"].to_pylist() == [bytes(16), b"y" * 16]


def test_a_column_that_takes_no_null_gets_zero() -> None:
    schema = pa.schema([pa.field("user", pa.uint64(), nullable=False)])
    table = pa.table([pa.array([5, 6], pa.uint64())], schema=schema)

    assert blank_rows(table, np.array([1]))["user"].to_pylist() == [5, 0]


def test_the_new_content_waits_beside_and_names_what_is_blank(blobs: LocalBlobs) -> None:
    key = _stored(blobs, pa.table({"text": ["secret", "open"]}))

    found = blanked(blobs, key, np.array([0]), layout=_layout)

    staged = pq.read_table(blobs.locate(found.staged))
    assert (found.key, found.n_rows) == (key, 1)
    assert staged["text"].to_pylist() == [None, "open"]
    assert list(erased_positions(staged.schema)) == [0]
    assert content_digest(staged) == found.digest
    assert pq.read_table(blobs.locate(key))["text"].to_pylist() == ["secret", "open"]


def test_a_second_blanking_keeps_the_marks_of_the_first(blobs: LocalBlobs) -> None:
    key = _stored(blobs, pa.table({"text": ["a", "b", "c"]}))
    first = blanked(blobs, key, np.array([0]), layout=_layout)
    blobs.replace(key, blobs.get(first.staged))

    second = blanked(blobs, key, np.array([2]), layout=_layout)

    staged = pq.read_table(blobs.locate(second.staged))
    assert list(erased_positions(staged.schema)) == [0, 2]
    assert staged["text"].to_pylist() == [None, "b", None]


def test_other_metadata_of_the_file_stays(blobs: LocalBlobs) -> None:
    table = pa.table({"text": ["a", "b"]}).replace_schema_metadata({b"headgate.runs": b"[]"})
    key = _stored(blobs, table)

    found = blanked(blobs, key, np.array([0]), layout=_layout)

    metadata = pq.read_schema(blobs.locate(found.staged)).metadata
    assert metadata[b"headgate.runs"] == b"[]"
    assert MARK in metadata


def test_no_statistic_of_the_new_file_holds_what_is_gone(blobs: LocalBlobs) -> None:
    key = _stored(blobs, pa.table({"text": ["aaa-secret", "bbb", "zzz-secret", "ccc"]}))

    found = blanked(blobs, key, np.array([0, 2]), layout=_layout)

    assert b"secret" not in blobs.get(found.staged)
    assert "secret" not in str(pq.read_metadata(blobs.locate(found.staged)).to_dict())


def test_a_plan_writes_nothing(blobs: LocalBlobs) -> None:
    key = _stored(blobs, pa.table({"text": ["a"]}))

    found = planned(key, np.array([0]))

    assert (found.staged, found.digest, found.n_rows) == ("", "", 1)
    assert [one.key for one in blobs.listed()] == [key]


def test_a_file_without_marks_has_no_blank_row() -> None:
    assert not erased_positions(pa.schema([("a", pa.int64())]))
