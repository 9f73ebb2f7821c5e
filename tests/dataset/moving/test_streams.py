"""Streams of a snapshot: its rows in constant pieces, and the content root they add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from headgate.core.errors import NotFound
from headgate.dataset.formats.form import BATCH_ROWS, reader_of
from headgate.dataset.moving.streams import Tally, rows_of, tallied
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.surfaces.python import Project


def test_the_rows_of_a_stream_add_up_to_the_snapshots_content_root(
    project: Project, context: Context
) -> None:
    n_rows = 140_000
    rows = pa.table({"id": range(n_rows), "ratio": [0.5, float("nan")] * (n_rows // 2)})
    project.dataset.commit("orders", rows, key=["id"])
    changed = pa.table({"id": [7], "ratio": [-0.0]})
    project.dataset.commit("orders", changed, mode="upsert")
    snapshot = find_snapshot(context, "orders")

    batches = list(rows_of(context, snapshot, manifest_of(context, snapshot)))

    assert max(batch.num_rows for batch in batches) <= BATCH_ROWS
    tally = Tally()
    for batch in reversed(batches):
        tally.add(pa.Table.from_batches([batch]))
    assert (tally.n_rows, tally.content_root) == (n_rows, snapshot.content_root)


def test_a_column_added_later_is_null_in_older_segments(project: Project, context: Context) -> None:
    project.dataset.commit("orders", [{"id": 1}])
    project.dataset.commit("orders", [{"id": 2, "city": "Oslo"}], mode="append")
    snapshot = find_snapshot(context, "orders")
    manifest = manifest_of(context, snapshot)

    stream = rows_of(context, snapshot, manifest, ["city"], row_ids=True)

    assert stream.schema.names == ["_rid", "city"]
    assert stream.read_all()["city"].to_pylist() == [None, "Oslo"]
    with pytest.raises(NotFound, match="'town'"):
        rows_of(context, snapshot, manifest, ["town"])


def test_a_stream_read_as_other_types_adds_up_alike() -> None:
    narrow = pa.table({"n": pa.array([1, None, 3], pa.int8())})
    wide = pa.schema([("n", pa.int64())])

    plain, cast = tallied(reader_of(narrow)), tallied(reader_of(narrow), wide)

    assert plain.content_root == cast.content_root
