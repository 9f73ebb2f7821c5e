"""Packs that nothing names are found wherever they lie, and named again when they are wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3

from headgate.dataset.files.reads import shelf_of
from headgate.spine.store.packs.index import Shelf, digests_of
from headgate.spine.store.packs.loose import loose_packs, shelf_with, wanted_again
from headgate.spine.store.packs.pack import read_file
from tests.dataset.trees import commit, write

if TYPE_CHECKING:
    from headgate.spine.context import Context


def digest(data: bytes) -> str:
    """Return a digest as text."""
    return blake3(data).hexdigest()


@pytest.fixture
def shelf(context: Context, tmp_path: Path) -> Shelf:
    """Two packs: one of two files, one of one that came later."""
    folder = write(tmp_path / "in", {"a": b"first", "b": b"second"})
    commit(context, folder)
    commit(context, write(folder, {"c": b"third"}))
    return shelf_of(context)


def test_a_pack_that_is_named_is_not_loose(context: Context, shelf: Shelf) -> None:
    assert loose_packs(context.blobs, shelf.packs) == ()


def test_what_an_index_and_a_pack_say_is_what_the_catalog_said(
    context: Context, shelf: Shelf
) -> None:
    found = loose_packs(context.blobs, ())

    assert {one.pack for one in found} == set(shelf.packs)
    assert [one.is_trashed for one in found] == [False, False]


@pytest.mark.parametrize("parts", [("pack",), ("files",), ("pack", "files")], ids=str)
def test_a_pack_in_the_trash_is_found_and_left_there(
    context: Context, shelf: Shelf, parts: tuple[str, ...]
) -> None:
    gone = next(one for one in shelf.packs if one.n_files == 1)
    for part in parts:
        context.blobs.trash(getattr(gone, part))

    (found,) = loose_packs(context.blobs, [one for one in shelf.packs if one != gone])

    assert (found.pack, found.is_trashed) == (gone, True)
    assert len(list(context.blobs.listed("trash"))) == len(parts)


def test_a_pack_without_its_index_or_an_index_without_its_pack_is_passed_over(
    context: Context, shelf: Shelf
) -> None:
    first, second = shelf.packs
    context.blobs.delete(first.files)
    context.blobs.delete(second.pack)

    assert loose_packs(context.blobs, ()) == ()


def test_an_index_that_cannot_be_read_is_passed_over(context: Context, shelf: Shelf) -> None:
    damaged, other = shelf.packs
    Path(context.blobs.locate(damaged.files)).write_bytes(b"PAR1 but not really")

    assert [one.pack for one in loose_packs(context.blobs, ())] == [other]


def test_files_of_loose_packs_are_read_beside_the_others(context: Context, shelf: Shelf) -> None:
    named = Shelf(shelf.packs[:1], shelf.held[:1])

    both = shelf_with(named, loose_packs(context.blobs, named.packs))

    for data in (b"first", b"second", b"third"):
        assert read_file(context.blobs, both, digest(data), (0, None)) == data


def test_only_packs_with_files_that_no_named_one_holds_are_wanted(
    context: Context, shelf: Shelf
) -> None:
    loose = loose_packs(context.blobs, ())
    nothing = Shelf((), ())

    third = wanted_again(nothing, loose, digests_of([digest(b"third")]))
    unknown = wanted_again(nothing, loose, digests_of([digest(b"never packed")]))
    named = wanted_again(shelf, loose, digests_of([digest(b"third")]))

    assert [one.pack.n_files for one in third] == [1]
    assert unknown == named == ()


def test_of_two_packs_with_the_same_file_one_is_wanted(context: Context, shelf: Shelf) -> None:
    loose = loose_packs(context.blobs, ())

    wanted = wanted_again(Shelf((), ()), [*loose, *loose], digests_of([digest(b"first")]))

    assert len(wanted) == 1
    assert wanted[0].pack in shelf.packs
