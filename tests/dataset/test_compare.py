"""Differences are found from ids and hashes; files that both have are not opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from headgate.dataset.compare import Difference, changed_columns, compare, images
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from tests.asking import commit

if TYPE_CHECKING:
    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest


def manifests(context: Context) -> tuple[Manifest, Manifest]:
    """Return the manifests of orders@1 and orders@2."""
    first, second = (
        manifest_of(context, find_snapshot(context, "orders", at)) for at in ("1", "2")
    )
    return first, second


def ids(difference: Difference) -> tuple[list[int], ...]:
    """Return the ids of rows added, removed and changed."""
    found = (difference.added, difference.removed, difference.changed)
    return tuple(column.tolist() for column in found)


def test_rows_are_told_by_their_ids(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2, 3], "n": [1, 2, 3]}, key=("id",))
    commit(context, "orders", {"id": [2, 3, 4], "n": [2, 9, 4]})

    assert ids(compare(context.blobs, *manifests(context))) == ([4], [1], [3])


def test_a_file_that_both_have_is_not_opened(context: Context) -> None:
    commit(context, "orders", {"id": [1]})
    commit(context, "orders", {"id": [2]}, mode="append")
    before, after = manifests(context)
    Path(context.blobs.locate(before.segments[0].key)).unlink()

    assert ids(compare(context.blobs, before, after)) == ([2], [], [])


def test_images_come_in_the_order_of_ids_with_one_schema(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2, 3]}, key=("id",))
    commit(context, "orders", {"id": [3, 2], "n": [6, 5]}, mode="upsert")
    before, after = manifests(context)
    difference = compare(context.blobs, before, after)

    old = images(context.blobs, before, difference.before, np.array([2]))
    new = images(context.blobs, after, difference.after, np.array([2, 3]))
    none = images(context.blobs, after, difference.after, np.array([77]))

    assert old.to_pylist() == [{"_rid": 2, "id": 2}]
    assert new.to_pylist() == [{"_rid": 2, "id": 2, "n": 5}, {"_rid": 3, "id": 3, "n": 6}]
    assert none.num_rows == 0


def test_a_row_that_neither_touched_is_not_even_a_candidate(context: Context) -> None:
    commit(context, "orders", {"id": [1, 2]}, key=("id",))
    commit(context, "orders", {"id": [2], "n": [5]}, mode="upsert")
    before, after = manifests(context)

    difference = compare(context.blobs, before, after)

    assert difference.before.rids.tolist() == difference.after.rids.tolist() == [2]


def test_columns_are_compared_cell_by_cell() -> None:
    nan = float("nan")
    old = pa.table({"_rid": [1, 2, 3], "a": [1, None, None], "f": [nan, nan, 0.0], "x": ["1"] * 3})
    new = pa.table({"_rid": [1, 2, 3], "a": [1, None, 2], "f": [nan, 1.0, -0.0], "x": [1] * 3})

    assert changed_columns(old, new) == {"a": 1, "f": 1, "x": 3}


def test_a_number_that_became_wider_has_not_changed() -> None:
    old = pa.table({"_rid": [1, 2], "a": [1, 2]})
    new = pa.table({"_rid": [1, 2], "a": [1.0, 2.5]})

    assert changed_columns(old, new) == {"a": 1}
