from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.spine.store.blobs import Blobs, LocalBlobs
from headgate.spine.store.sealed import (
    Layout,
    lookup_sealed,
    read_sealed,
    take_sealed,
    write_sealed,
)

GROUPS = Layout(group_rows=4, plain=("hash",), repeated=("name",))


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Blobs:
    return LocalBlobs(Path(tmp_path_factory.mktemp("store")), "default")


def table_of(n_rows: int) -> pa.Table:
    """Rows of several row groups: even hashes that reach beyond 2^63, each twice."""
    hashes = np.arange(n_rows, dtype=np.uint64) // 2 * 2 + np.uint64(2**63 - 6)
    names = pa.array([f"n{index % 3}" for index in range(n_rows)])
    lists = pa.array([[index] * (index % 3) for index in range(n_rows)], pa.list_(pa.int64()))
    columns: Any = {"hash": hashes, "name": names, "rows": lists, "at": range(n_rows)}
    return pa.table(columns)


def test_a_sealed_file_reads_as_it_was_written(blobs: Blobs) -> None:
    table = table_of(11)

    sealed = write_sealed(blobs, "things", table, GROUPS)

    assert read_sealed(blobs, sealed.key).equals(table)
    assert read_sealed(blobs, sealed.key, ["name"]).equals(table.select(["name"]))
    assert sealed.key.startswith("things/")
    assert sealed.n_bytes == Path(blobs.locate(sealed.key)).stat().st_size


def test_equal_content_lies_in_one_file(blobs: Blobs) -> None:
    assert write_sealed(blobs, "things", table_of(5)) == write_sealed(blobs, "things", table_of(5))


@given(
    n_rows=st.integers(1, 30),
    cuts=st.lists(st.integers(0, 30), min_size=2, max_size=8),
)
def test_ranges_read_as_slices(blobs: Blobs, n_rows: int, cuts: list[int]) -> None:
    table = table_of(n_rows)
    key = write_sealed(blobs, "things", table, GROUPS).key
    ends = sorted(min(cut, n_rows) for cut in cuts)
    ranges = list(zip(ends[::2], ends[1::2], strict=False))

    read = read_sealed(blobs, key, ["at"], ranges=ranges)

    assert read["at"].to_pylist() == [row for low, high in ranges for row in range(low, high)]


@given(n_rows=st.integers(1, 30), chosen=st.lists(st.integers(0, 29), max_size=12))
def test_single_rows_come_in_the_order_asked_for(
    blobs: Blobs, n_rows: int, chosen: list[int]
) -> None:
    table = table_of(n_rows)
    key = write_sealed(blobs, "things", table, GROUPS).key
    positions = np.array([place for place in chosen if place < n_rows], np.int64)

    taken = take_sealed(blobs, key, positions)

    assert taken.equals(table.take(pa.array(positions, pa.int64())))


@given(n_rows=st.integers(1, 30), wanted=st.lists(st.integers(-3, 40), max_size=12))
def test_a_value_is_found_wherever_it_stands(blobs: Blobs, n_rows: int, wanted: list[int]) -> None:
    table = table_of(n_rows)
    key = write_sealed(blobs, "things", table, GROUPS).key
    values = np.array(sorted(one + 2**63 - 6 for one in wanted), np.uint64)
    hashes = table["hash"].to_pylist()
    expected = [
        (place, row)
        for place, value in enumerate(values.tolist())
        for row, held in enumerate(hashes)
        if held == value
    ]

    places, rows = lookup_sealed(blobs, key, "hash", values)

    assert list(zip(places.tolist(), rows["at"].to_pylist(), strict=True)) == expected


def test_a_lookup_opens_no_group_that_cannot_hold_the_value(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow.parquet as pq

    key = write_sealed(blobs, "things", table_of(40), GROUPS).key
    opened: list[int] = []
    read = pq.ParquetFile.read_row_groups

    def noted(file: pq.ParquetFile, groups: list[int], *rest: Any) -> pa.Table:
        opened.extend(groups)
        return read(file, groups, *rest)

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", noted)

    lookup_sealed(blobs, key, "hash", np.array([2**63 - 6 + 20], np.uint64))

    assert opened == [5]
