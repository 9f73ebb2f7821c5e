"""Packs: bytes once, found by digest, whatever packs they lie in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from headgate.core.errors import Invalid, NotFound
from headgate.spine.store.blobs import LocalBlobs
from headgate.spine.store.packs.index import (
    NOWHERE,
    Pack,
    PackIndex,
    Shelf,
    digests_of,
    hex_of,
    load_shelf,
    read_index,
    write_index,
)
from headgate.spine.store.packs.pack import PackWriter, pack_key, read_file, read_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NO_SHELF = Shelf((), ())


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    """A folder of blobs."""
    return LocalBlobs(tmp_path / "store", "default")


def hexed(data: bytes) -> str:
    """Return a digest as text."""
    return blake3(data).hexdigest()


def packed(
    blobs: LocalBlobs, files: Sequence[bytes], shelf: Shelf = NO_SHELF, pack_bytes: int = 64
) -> tuple[Pack, ...]:
    """Write files into packs."""
    with PackWriter(blobs, shelf, pack_bytes=pack_bytes) as writer:
        for data in files:
            writer.room(len(data) + 1)[: len(data)] = data
            writer.keep(blake3(data).digest(), len(data))
        return writer.finish()


# ---- writing


def test_files_fill_packs_one_after_the_other(blobs: LocalBlobs) -> None:
    found = packed(blobs, [b"a" * 30, b"b" * 30, b"c" * 30])

    assert sorted((one.n_files, one.n_bytes) for one in found) == [(1, 30), (2, 60)]
    assert {blobs.get(one.pack) for one in found} == {b"a" * 30 + b"b" * 30, b"c" * 30}


def test_what_is_on_the_shelf_is_not_written_again(blobs: LocalBlobs) -> None:
    shelf = load_shelf(blobs, packed(blobs, [b"old"]))

    [pack] = packed(blobs, [b"one", b"old", b"two", b"one"], shelf)

    assert blobs.get(pack.pack) == b"onetwo"
    assert packed(blobs, [b"old"], shelf) == ()


def test_a_file_larger_than_a_pack_has_one_for_itself(blobs: LocalBlobs) -> None:
    found = packed(blobs, [b"x", b"y" * 100, b"z"], pack_bytes=10)

    assert sorted(one.n_bytes for one in found) == [1, 1, 100]


def test_a_pack_of_empty_files_can_be_read(blobs: LocalBlobs) -> None:
    shelf = load_shelf(blobs, packed(blobs, [b""]))

    assert read_file(blobs, shelf, hexed(b""), (0, None)) == b""
    assert [bytes(data) for _, data in read_files(blobs, shelf, digests_of([hexed(b"")]))] == [b""]


def test_a_large_file_is_packed_from_where_it_lies(blobs: LocalBlobs, tmp_path: Path) -> None:
    data = os.urandom(100_000)
    (tmp_path / "large").write_bytes(data)
    digest = blake3(data).digest()

    with PackWriter(blobs, NO_SHELF) as writer:
        writer.keep_large(digest, tmp_path / "large")
        writer.keep_large(digest, tmp_path / "large")
        packs = writer.finish()

    assert [one.n_bytes for one in packs] == [100_000]
    assert read_file(blobs, load_shelf(blobs, packs), digest.hex(), (99_990, 20)) == data[-10:]
    with PackWriter(blobs, load_shelf(blobs, packs)) as writer:
        writer.keep_large(digest, tmp_path / "large")
        assert writer.finish() == ()


# ---- reading


@given(st.lists(st.binary(max_size=20), max_size=12), st.integers(1, 60))
def test_every_file_is_found_in_whatever_packs_it_lies(files: list[bytes], size: int) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as scratch:
        blobs = LocalBlobs(Path(scratch), "default")
        shelf = load_shelf(blobs, packed(blobs, files, pack_bytes=size))
        found = {
            place: bytes(data)
            for place, data in read_files(blobs, shelf, digests_of([hexed(one) for one in files]))
        }
        singly = [read_file(blobs, shelf, hexed(one), (0, None)) for one in files]

    assert found == dict(enumerate(files))
    assert singly == files


def test_a_file_in_no_pack_is_told(blobs: LocalBlobs) -> None:
    shelf = load_shelf(blobs, packed(blobs, [b"there"]))

    with pytest.raises(NotFound, match="in no pack"):
        read_file(blobs, shelf, hexed(b"elsewhere"), (0, None))
    with pytest.raises(NotFound, match="in no pack"):
        list(read_files(blobs, NO_SHELF, digests_of([hexed(b"there")])))


# ---- indexes


def test_digests_that_begin_alike_are_told_apart() -> None:
    texts = [f"{'ab' * 8}{place:048x}" for place in range(5)]
    held = PackIndex(digests_of(texts[1:4]), np.array([0, 1, 2]), np.array([1, 1, 1]))
    shelf = Shelf((Pack("p", "f", 3, 3),), (held,))

    found = shelf.find(digests_of(texts))

    assert found.packs.tolist() == [NOWHERE, 0, 0, 0, NOWHERE]
    assert found.starts.tolist()[1:4] == [0, 1, 2]


def test_an_index_is_sorted_and_names_its_pack(blobs: LocalBlobs) -> None:
    texts = ["ff" * 32, "00" * 32, "7f" * 31 + "00"]
    key = write_index(blobs, PackIndex(digests_of(texts), np.arange(3), np.arange(3) + 1))

    held = read_index(blobs, key)

    assert hex_of(held.digests) == sorted(texts)
    assert held.lengths.tolist() == [2, 3, 1]
    assert pack_key(key) == key[: -len("parquet")] + "pack"


def test_an_index_that_was_replaced_is_read_anew(blobs: LocalBlobs) -> None:
    first = PackIndex(digests_of(["aa" * 32, "bb" * 32]), np.arange(2), np.arange(2))
    second = PackIndex(digests_of(["bb" * 32]), np.arange(1), np.arange(1))
    key = write_index(blobs, first)
    assert len(read_index(blobs, key).digests) == 2

    blobs.replace(key, blobs.get(write_index(blobs, second)))

    assert hex_of(read_index(blobs, key).digests) == ["bb" * 32]


@pytest.mark.parametrize("text", ["", "ab", "z" * 64, "ab " * 21 + "a"])
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="not 64 hexadecimal digits"):
        digests_of([text])
