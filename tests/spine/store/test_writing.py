"""What a dataset becomes when rows come in: ids, counts, segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from headgate.core.errors import Invalid
from headgate.spine.store.blobs import LocalBlobs
from headgate.spine.store.manifest import Manifest, empty_manifest
from headgate.spine.store.reading import read_rows
from headgate.spine.store.writing import Incoming, Numbers, Staged, stage
from tests.asking import root_of

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = empty_manifest("acme", "orders")


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    """An empty store."""
    return LocalBlobs(tmp_path, "acme")


def staged(blobs: LocalBlobs, parent: Manifest, rows: Any, first: int = 1, **asked: Any) -> Staged:
    """Stage rows of one batch, with ids and batch numbers from `first` on."""
    table = rows if isinstance(rows, pa.Table) else pa.table(rows)
    batches = asked.pop("batches", np.zeros(table.num_rows, np.int64))
    asked = {"mode": "replace", "n_batches": 1} | asked
    incoming = Incoming(rows=table, batches=np.asarray(batches), **asked)
    return stage(blobs, parent, incoming, Numbers(first_rid=first, first_rev=first))


def rids(blobs: LocalBlobs, state: Staged) -> dict[Any, int]:
    """Return the id of each row by its column a."""
    table = read_rows(blobs, state.manifest, ["a"], own=["_rid"])
    found: list[Any] = table["_rid"].to_pylist()
    return dict(zip(table["a"].to_pylist(), found, strict=True))


def counts(state: Staged) -> tuple[int, int, int]:
    """Return rows added, removed and changed."""
    return state.n_added, state.n_removed, state.n_changed


def test_first_rows_get_neighbouring_ids(blobs: LocalBlobs) -> None:
    state = staged(blobs, EMPTY, {"a": ["x", "y"]}, first=7)

    assert rids(blobs, state) == {"x": 7, "y": 8}
    assert state.minted == [(7, 9)]
    assert counts(state) == (2, 0, 0)
    assert state.manifest.number == 1


def test_each_batch_has_its_own_range(blobs: LocalBlobs) -> None:
    state = staged(blobs, EMPTY, {"a": ["x", "y", "z"]}, batches=[0, 0, 2], n_batches=3)

    assert state.minted == [(1, 3), (3, 3), (3, 4)]


def test_unchanged_rows_keep_their_file(blobs: LocalBlobs) -> None:
    first = staged(blobs, EMPTY, {"a": ["x", "y"]})

    second = staged(blobs, first.manifest, {"a": ["y", "x"]}, first=10)

    assert second.manifest.segments == first.manifest.segments
    assert not second.has_changed
    assert second.rids.tolist() == [2, 1]


def test_a_changed_row_is_written_alone_and_its_old_form_is_deleted(blobs: LocalBlobs) -> None:
    first = staged(blobs, EMPTY, {"a": ["x", "y"], "n": [1, 2]}, key=("a",))

    second = staged(blobs, first.manifest, {"a": ["x", "y"], "n": [1, 3]}, first=10, key=("a",))

    old, new = second.manifest.segments
    assert (old.digest, old.n_deleted) == (first.manifest.segments[0].digest, 1)
    assert (new.n_rows, new.rid_lo, new.rev_lo) == (1, 2, 10)
    assert counts(second) == (0, 0, 1)


def test_a_segment_without_a_live_row_is_left_out(blobs: LocalBlobs) -> None:
    first = staged(blobs, EMPTY, {"a": ["x", "y"]})

    second = staged(blobs, first.manifest, {"a": ["z"]}, first=10)

    assert [segment.rid_lo for segment in second.manifest.segments] == [10]
    assert counts(second) == (1, 2, 0)


def test_rows_must_be_written_again_where_their_parents_changed(blobs: LocalBlobs) -> None:
    first = staged(blobs, EMPTY, {"a": ["x"]})

    second = staged(blobs, first.manifest, {"a": ["x"]}, first=10, must_write=True)

    (segment,) = second.manifest.segments
    assert (segment.rid_lo, segment.rev_lo) == (1, 10)
    assert counts(second) == (0, 0, 0)
    assert second.manifest.content_root == first.manifest.content_root


def test_rows_with_ids_keep_them(blobs: LocalBlobs) -> None:
    first = staged(blobs, EMPTY, {"a": ["x", "y"]})

    second = staged(
        blobs, first.manifest, {"a": ["z", "y"]}, first=10, rids=np.array([1, 2]), mode="append"
    )

    assert rids(blobs, second) == {"y": 2, "z": 1}
    assert counts(second) == (0, 0, 1)


def test_the_content_root_is_that_of_the_rows(blobs: LocalBlobs) -> None:
    first = staged(blobs, EMPTY, {"a": ["x", "y"]})
    second = staged(blobs, first.manifest, {"a": ["z", "y"]}, first=10, mode="append")

    assert first.manifest.content_root == root_of({"a": ["y", "x"]})
    assert second.manifest.content_root == root_of({"a": ["x", "y", "y", "z"]})


def test_columns_that_come_go_or_change_are_named(blobs: LocalBlobs) -> None:
    first = staged(blobs, EMPTY, {"a": [1], "b": [1]})

    second = staged(blobs, first.manifest, {"a": ["1"], "c": [1]}, first=10)

    assert second.added_columns == ["c"]
    assert second.removed_columns == ["b"]
    assert second.retyped_columns == ["a: int64 to string"]


def test_an_append_keeps_columns_it_does_not_have(blobs: LocalBlobs) -> None:
    first = staged(blobs, EMPTY, {"a": ["x"], "b": [1]})

    second = staged(blobs, first.manifest, {"c": [True], "a": ["y"]}, first=10, mode="append")

    assert read_rows(blobs, second.manifest).to_pylist() == [
        {"a": "x", "b": 1, "c": None},
        {"a": "y", "b": None, "c": True},
    ]


def test_whole_numbers_too_big_for_a_float_are_not_rounded(blobs: LocalBlobs) -> None:
    first = staged(blobs, EMPTY, {"a": [2**53 + 1]})

    with pytest.raises(Invalid) as caught:
        staged(blobs, first.manifest, {"a": [0.5]}, first=10, mode="append")

    assert "above 2^53" in caught.value.message
