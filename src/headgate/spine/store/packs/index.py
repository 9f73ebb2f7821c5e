"""What packs hold: an index beside each pack, and all of a project's indexes searched at once.

An index is Parquet, sorted by digest: `digest` (blake3 of the file's bytes, 32 bytes), `start`
and `n_bytes` (where they stand in the pack, int64). A pack bears the name of its first index.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from headgate.core.errors import Invalid
from headgate.spine.store.sealed import Layout, read_sealed, write_sealed
from headgate.spine.store.segments import I64

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.canonical import U64

Digests = NDArray[np.bytes_]
"""Digests of files: an array of dtype S32, whose order is that of their bytes."""
DIGEST_BYTES = 32
NOWHERE = -1
_LAYOUT = Layout(plain=("digest",))
_MOST_KEPT = 64
"""Indexes kept in memory; one of a full pack of small files takes about 2 MB."""


class Pack(msgspec.Struct, frozen=True):
    """A pack as the catalog names it.

    Args:
        pack: key of the bytes.
        files: key of its index.
        n_files: files in the index.
        n_bytes: size of the pack [bytes].
    """

    pack: str
    files: str
    n_files: int
    n_bytes: int


class PackIndex(NamedTuple):
    """What stands in one pack; n files in the order of their digests.

    Args:
        digests: shape (n,).
        starts: where each begins [bytes], shape (n,).
        lengths: how long each is [bytes], shape (n,).
    """

    digests: Digests
    starts: I64
    lengths: I64


class Found(NamedTuple):
    """Where files lie, for each digest that was asked for.

    Args:
        packs: place of the pack on the shelf, or -1 where the bytes are in none, shape (n,).
        starts: where they begin in it [bytes], shape (n,).
        lengths: how long they are [bytes], shape (n,).
    """

    packs: I64
    starts: I64
    lengths: I64


class Shelf:
    """Every pack of a tenant, searchable by digest.

    Args:
        packs: the packs.
        held: of each pack what stands in it.
    """

    def __init__(self, packs: Sequence[Pack], held: Sequence[PackIndex]) -> None:
        self.packs = tuple(packs)
        self.held = tuple(held)
        digests = np.concatenate([_no_digests(), *(one.digests for one in held)])
        prefixes = _prefixes(digests)
        order = np.argsort(prefixes, kind="stable")
        counts = [len(one.digests) for one in held]
        self._prefixes = prefixes[order]
        self._digests = digests[order]
        self._owners = np.repeat(np.arange(len(counts)), counts)[order]
        self._starts = _joined(one.starts for one in held)[order]
        self._lengths = _joined(one.lengths for one in held)[order]

    def find(self, digests: Digests) -> Found:
        """Say where files lie; of several copies the first is named."""
        places = _search(self._prefixes, self._digests, digests)
        if not len(self._digests):
            return Found(places, np.zeros_like(places), np.zeros_like(places))
        is_there = places != NOWHERE
        return Found(
            packs=np.where(is_there, self._owners[places], NOWHERE),
            starts=self._starts[places],
            lengths=self._lengths[places],
        )


def index_table(held: PackIndex) -> pa.Table:
    """Write what stands in a pack as the table of its index, sorted by digest."""
    order = np.argsort(held.digests, kind="stable")
    column = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(DIGEST_BYTES), len(order), [None, pa.py_buffer(held.digests[order].tobytes())]
    )
    columns: list[Any] = [column, pa.array(held.starts[order]), pa.array(held.lengths[order])]
    return pa.table(columns, names=["digest", "start", "n_bytes"])


def write_index(blobs: Blobs, held: PackIndex) -> str:
    """Write an index and return its key."""
    return write_sealed(blobs, "packs", index_table(held), _LAYOUT).key


def read_index(blobs: Blobs, key: str) -> PackIndex:
    """Read an index; the ones read last are kept in memory until they are replaced."""
    path = blobs.locate(key)
    status = Path(path).stat()
    version = (path, status.st_mtime_ns, status.st_size, status.st_ino)
    with _LOCK:
        if version in _KEPT:
            _KEPT.move_to_end(version)
            return _KEPT[version]
    table = read_sealed(blobs, key)
    held = PackIndex(
        as_digests(table["digest"]), table["start"].to_numpy(), table["n_bytes"].to_numpy()
    )
    with _LOCK:
        _KEPT[version] = held
        while len(_KEPT) > _MOST_KEPT:
            _KEPT.popitem(last=False)
    return held


def load_shelf(blobs: Blobs, packs: Iterable[Pack]) -> Shelf:
    """Read the indexes of packs."""
    ordered = tuple(sorted(packs, key=lambda one: one.pack))
    return Shelf(ordered, tuple(read_index(blobs, one.files) for one in ordered))


def as_digests(column: Any) -> Digests:
    """Read a column of digests, hexadecimal text or 32 bytes each.

    Raises:
        Invalid: a value is no digest.
    """
    values: list[Any] = column.to_pylist()
    if not values or not isinstance(values[0], bytes):
        return digests_of(["" if text is None else str(text) for text in values])
    return np.frombuffer(b"".join(values), f"S{DIGEST_BYTES}")


def digests_of(texts: Sequence[str]) -> Digests:
    """Read hexadecimal digests.

    Raises:
        Invalid: one of them is no digest.
    """
    joined = "".join(text if len(text) == 2 * DIGEST_BYTES else "-" for text in texts)
    try:
        data = bytes.fromhex(joined)
    except ValueError as error:
        raise Invalid(
            "a digest is not 64 hexadecimal digits",
            mend="commit the folder, so that every row bears the digest of its file",
        ) from error
    return np.frombuffer(data, f"S{DIGEST_BYTES}") if data else _no_digests()


def hex_of(digests: Digests) -> list[str]:
    """Write digests in hexadecimal."""
    text = digests.tobytes().hex()
    width = 2 * DIGEST_BYTES
    return [text[start : start + width] for start in range(0, len(text), width)]


_KEPT: OrderedDict[tuple[str, int, int, int], PackIndex] = OrderedDict()
_LOCK = threading.Lock()


def _search(prefixes: U64, digests: Digests, wanted: Digests) -> I64:
    """Find the place of each wanted digest among sorted ones, by their first eight bytes first."""
    heads = _prefixes(wanted)
    # needles in order keep the search in the cache
    order = np.argsort(heads, kind="stable")
    places = np.full(len(wanted), NOWHERE, np.int64)
    places[order] = np.searchsorted(prefixes, heads[order], side="left")
    found = np.full(len(wanted), NOWHERE, np.int64)
    open_ = np.arange(len(wanted))
    while len(open_):
        open_ = open_[places[open_] < len(prefixes)]
        open_ = open_[prefixes[places[open_]] == heads[open_]]
        hit = digests[places[open_]] == wanted[open_]
        found[open_[hit]] = places[open_[hit]]
        open_ = open_[~hit]
        places[open_] += 1
    return found


def _prefixes(digests: Digests) -> U64:
    words = np.frombuffer(np.ascontiguousarray(digests).tobytes(), ">u8").reshape(-1, 4)
    return words[:, 0].astype(np.uint64)


def _no_digests() -> Digests:
    return np.empty(0, f"S{DIGEST_BYTES}")


def _joined(arrays: Iterable[I64]) -> I64:
    return np.concatenate([np.empty(0, np.int64), *arrays])
