"""Single rows are found by key or id among live rows, and come in the order asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import NotFound
from headgate.spine.store import layout
from headgate.spine.store.lookup import live_ids, rids_of_keys, take_rows
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest
    from headgate.surfaces.python import Project


@pytest.fixture(autouse=True)
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row groups of four rows, so that a few rows make several."""
    monkeypatch.setattr(layout, "GROUP_ROWS", 4)


@pytest.fixture
def manifest(project: Project, context: Context) -> Manifest:
    """Rows 0 to 19, of which 3 and 17 were changed and 5 was removed; a column came later."""
    rows = [{"id": n, "word": f"w{n % 3}"} for n in range(20)]
    project.dataset.commit("words", rows, key=["id"])
    changed = [{"id": 3, "word": "new", "mark": 1}, {"id": 17, "word": "new", "mark": 2}]
    project.dataset.commit("words", changed, mode="upsert")
    left = project.dataset.read("words", row_ids=True).to_pylist()
    table = pa.Table.from_pylist([row for row in left if row["id"] != 5])
    project.dataset.commit("words", table.drop_columns(["_rid"]))
    return manifest_of(context, find_snapshot(context, "words", None))


def taken(context: Context, manifest: Manifest, keys: list[int], **settings: Any) -> pa.Table:
    """Find rows by key and take them."""
    rids = rids_of_keys(context.blobs, manifest, "id", pa.array(keys, pa.int64()))
    return take_rows(context.blobs, manifest, rids, **settings)


def test_rows_come_in_the_order_asked_and_as_often(context: Context, manifest: Manifest) -> None:
    table = taken(context, manifest, [17, 0, 11, 0])

    assert table.to_pylist() == [
        {"id": 17, "word": "new", "mark": 2},
        {"id": 0, "word": "w0", "mark": None},
        {"id": 11, "word": "w2", "mark": None},
        {"id": 0, "word": "w0", "mark": None},
    ]


def test_a_key_that_no_live_row_has_is_left_out(context: Context, manifest: Manifest) -> None:
    table = taken(context, manifest, [99, 5, 4])

    assert table["id"].to_pylist() == [4]


def test_a_value_that_rows_share_gives_them_all(context: Context, manifest: Manifest) -> None:
    rids = rids_of_keys(context.blobs, manifest, "word", pa.array(["new", "w2"]))

    table = take_rows(context.blobs, manifest, rids, ["id"])

    assert table["id"].to_pylist() == [3, 17, 2, 8, 11, 14]


def test_only_the_columns_asked_for_are_read(context: Context, manifest: Manifest) -> None:
    table = taken(context, manifest, [3], columns=["word"], own=["_rid"])

    assert table.column_names == ["_rid", "word"]
    with pytest.raises(NotFound, match="column of words"):
        taken(context, manifest, [3], columns=["wrod"])


def test_an_id_is_live_where_the_snapshot_has_its_row(context: Context, manifest: Manifest) -> None:
    known = rids_of_keys(context.blobs, manifest, "id", pa.array([7, 2]))

    found = live_ids(context.blobs, manifest, np.array([*known, 10**9]))

    assert found.tolist() == known.tolist()


def test_rows_of_a_scattered_segment_are_found_too(project: Project, context: Context) -> None:
    project.dataset.commit("words", [{"id": n, "n": n} for n in range(700)], key=["id"])
    odd = [{"id": n, "n": -n} for n in range(1, 700, 2)]
    project.dataset.commit("words", odd, mode="upsert")
    manifest = manifest_of(context, find_snapshot(context, "words", None))

    table = taken(context, manifest, [699, 4, 301])

    assert [segment.runs is None for segment in manifest.segments] == [False, True]
    assert table["n"].to_pylist() == [-699, 4, -301]


def test_no_keys_take_no_rows(context: Context, manifest: Manifest) -> None:
    table = taken(context, manifest, [])

    assert table.num_rows == 0
    assert table.column_names == ["id", "word", "mark"]
