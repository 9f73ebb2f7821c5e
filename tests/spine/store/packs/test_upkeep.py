"""Upkeep of packs: what is named is kept, what is erased is nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from blake3 import blake3
from pyroaring import BitMap64

from headgate.core.errors import NotFound
from headgate.dataset.files.reads import read_one, shelf_of
from headgate.dataset.files.reports import FileRequest
from headgate.spine.store.packs.index import digests_of, hex_of
from headgate.spine.store.packs.upkeep import (
    digests_of_rows,
    erase_files,
    live_digests,
    live_packs,
)
from headgate.spine.store.snapshots import find_snapshot, manifest_of
from tests.asking import commit as commit_rows
from tests.asking import ids
from tests.dataset.trees import commit, write

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.spine.context import Context
    from headgate.spine.store.manifest import Manifest


def digest(data: bytes) -> str:
    """Return a digest as text."""
    return blake3(data).hexdigest()


def manifests(context: Context, *names: str) -> list[Manifest]:
    """Read manifests of snapshots such as `photos@1`."""
    return [manifest_of(context, find_snapshot(context, name)) for name in names]


@pytest.fixture
def changed(context: Context, tmp_path: Path) -> Context:
    """Two snapshots: of three files one was changed, one removed."""
    folder = write(tmp_path / "in", {"a": b"1", "b": b"2", "c": b"3"})
    commit(context, folder)
    write(folder, {"a": b"new"}, age_s=0)
    (folder / "b").unlink()
    commit(context, folder)
    return context


def test_files_of_kept_snapshots_alone_are_live(changed: Context) -> None:
    both = live_digests(changed.blobs, manifests(changed, "photos@1", "photos@2"))
    newest = live_digests(changed.blobs, manifests(changed, "photos@2"))

    assert hex_of(both) == sorted(map(digest, [b"1", b"2", b"3", b"new"]))
    assert hex_of(newest) == sorted(map(digest, [b"3", b"new"]))


def test_tables_without_files_and_cells_without_digests_name_nothing(context: Context) -> None:
    commit_rows(context, "orders", {"id": [1]})
    commit_rows(context, "odd", {"path": ["a", "b"], "digest": ["no digest", None]})
    commit_rows(context, "numbers", {"path": ["a"], "digest": [1]})

    assert len(live_digests(context.blobs, manifests(context, "orders", "odd", "numbers"))) == 0


def test_a_pack_is_dead_when_nothing_names_its_files(changed: Context) -> None:
    shelf = shelf_of(changed)
    oldest = live_digests(changed.blobs, manifests(changed, "photos@1"))

    uses = {one.pack.n_files: one for one in live_packs(shelf, oldest)}

    assert (uses[3].is_dead, uses[3].dead_ratio) == (False, 0.0)
    assert (uses[1].is_dead, uses[1].dead_ratio, uses[1].n_live_bytes) == (True, 1.0, 0)


def test_a_plan_of_an_erasure_writes_nothing(changed: Context) -> None:
    before = {one.key for one in changed.blobs.listed()}

    [planned] = erase_files(
        changed.blobs, shelf_of(changed), digests_of([digest(b"2")]), is_plan=True
    )

    assert planned.n_rows == 1
    assert {one.key for one in changed.blobs.listed()} == before


def test_an_erased_file_is_zeroed_and_the_others_stay(changed: Context) -> None:
    gone = digests_of([digest(b"2")])

    for one in erase_files(changed.blobs, shelf_of(changed), gone, is_plan=False):
        changed.blobs.replace(one.key, changed.blobs.get(one.staged))

    shelf = shelf_of(changed)
    assert not any(np.isin(held.digests, gone).any() for held in shelf.held)
    assert {changed.blobs.get(one.pack) for one in shelf.packs} == {b"1\x003", b"new"}
    assert read_one(changed, FileRequest(name="photos", path="c")) == b"3"
    with pytest.raises(NotFound, match="in no pack"):
        read_one(changed, FileRequest(name="photos", path="b", at="1"))


def test_bytes_that_other_rows_name_are_told_apart(context: Context, tmp_path: Path) -> None:
    commit(context, write(tmp_path / "in", {"a": b"own", "b": b"both", "c": b"both"}))
    rows = BitMap64([ids(context, "photos", "path")[name] for name in ("a", "b")])

    own, shared = digests_of_rows(context.blobs, manifests(context, "photos"), rows)

    assert (hex_of(own), hex_of(shared)) == ([digest(b"own")], [digest(b"both")])
