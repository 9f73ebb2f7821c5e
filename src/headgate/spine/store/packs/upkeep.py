"""Upkeep of packs: which of their files are still named, how files are erased, how dead ones go.

A pack is live while the digest of one of its files stands in a live row of any kept snapshot,
whatever the dataset: any column named `digest` beside a column `path` counts.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from blake3 import blake3

from headgate.spine.store.canonical import content_digest
from headgate.spine.store.erasing.blanking import AREA, Replacement
from headgate.spine.store.packs.index import (
    Digests,
    Pack,
    PackIndex,
    Shelf,
    digests_of,
    index_table,
)
from headgate.spine.store.segments import RID, live_mask
from headgate.spine.store.segments import read_file as read_segment_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from pyroaring import BitMap64

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Manifest, Segment

_DIGEST = re.compile(r"[0-9a-f]{64}")


class PackUse(NamedTuple):
    """How much of a pack is still named.

    Args:
        pack: the pack.
        live: which of its files are, in the order of the index, shape (n,).
        n_live_bytes: bytes of these [bytes].
    """

    pack: Pack
    live: NDArray[np.bool_]
    n_live_bytes: int

    @property
    def is_dead(self) -> bool:
        """Whether nothing names any of its files."""
        return not self.live.any()

    @property
    def dead_ratio(self) -> float:
        """Which share of its bytes nothing names."""
        return 1 - self.n_live_bytes / self.pack.n_bytes


def live_digests(blobs: Blobs, manifests: Iterable[Manifest]) -> Digests:
    """Gather the digests of files that live rows of snapshots name, each once, in order.

    Args:
        blobs: where segments lie.
        manifests: every snapshot that is kept, of every dataset of the tenant; those without
            columns `path` and `digest` are passed over.
    """
    found = [digests_of(()), *(rows.digests[rows.live] for rows in _named(blobs, manifests))]
    return np.unique(np.concatenate(found))


def live_packs(shelf: Shelf, live: Digests) -> tuple[PackUse, ...]:
    """Say of every pack which of its files are still named; collect those that are dead.

    Whoever collects drops the row of a dead pack from the catalog (`drop_packs`) in one unit of
    work, with an event, after making sure under the write lock that no snapshot was added since
    `live` was gathered. Commits look under the same lock whether the packs they rely on are
    still named, and are made again if not; so no snapshot ever names a file that is gone. The
    blobs, `Pack.pack` and `Pack.files`, may then be trashed like any that nothing names.

    Args:
        shelf: all packs of the tenant.
        live: what `live_digests` gathered.
    """
    return tuple(_use(pack, held, live) for pack, held in zip(shelf.packs, shelf.held, strict=True))


def digests_of_rows(
    blobs: Blobs, manifests: Iterable[Manifest], rids: BitMap64, more: Digests | None = None
) -> tuple[Digests, Digests]:
    """Gather the digests that some rows name and no others do, and those that others name too.

    Args:
        blobs: where segments lie.
        manifests: every snapshot that is kept.
        rids: ids of the rows.
        more: digests that rows of theirs name in files which no snapshot has.
    """
    own, others = [digests_of(()) if more is None else more], [digests_of(())]
    for rows in _named(blobs, manifests):
        is_own = np.fromiter((rid in rids for rid in rows.rids.tolist()), np.bool_, len(rows.rids))
        own.append(rows.digests[is_own])
        others.append(rows.digests[~is_own & rows.live])
    mine, theirs = np.unique(np.concatenate(own)), np.unique(np.concatenate(others))
    is_shared = np.isin(mine, theirs)
    return mine[~is_shared], mine[is_shared]


def erase_files(
    blobs: Blobs, shelf: Shelf, digests: Digests, *, is_plan: bool
) -> tuple[Replacement, ...]:
    """Stage packs with zeros in the place of files, and their indexes without those files.

    Positions stay, so every other file is found where it was. Nothing changes until the staged
    blobs take the place of the old ones.

    Args:
        blobs: where packs lie.
        shelf: all packs of the tenant.
        digests: the files, each once.
        is_plan: only say what would be replaced; write nothing.
    """
    replacements: list[Replacement] = []
    for pack, held in zip(shelf.packs, shelf.held, strict=True):
        gone = np.isin(held.digests, digests)
        n_files = int(gone.sum())
        if n_files and is_plan:
            replacements.append(Replacement(pack.pack, "", "", n_files))
        elif n_files:
            replacements.append(_zeroed(blobs, pack, held, gone))
            replacements.append(_reindexed(blobs, pack, held, ~gone))
    return tuple(replacements)


class _Rows(NamedTuple):
    """The rows of a segment that name files; live in at least one snapshot, or in none."""

    rids: NDArray[np.int64]
    digests: Digests
    live: NDArray[np.bool_]


def _named(blobs: Blobs, manifests: Iterable[Manifest]) -> Iterator[_Rows]:
    """Read every segment with files once, whichever snapshots hold it."""
    uses: dict[str, dict[str | None, Segment]] = {}
    for manifest in manifests:
        if {"path", "digest"} <= set(manifest.schema.names):
            for segment in manifest.segments:
                uses.setdefault(segment.digest, {})[segment.deletions] = segment
    for states in uses.values():
        key = next(iter(states.values())).key
        table = read_segment_file(blobs, key, [RID, "digest"])
        if "digest" in table.column_names and pa.types.is_string(table["digest"].type):
            live = np.logical_or.reduce([live_mask(blobs, state) for state in states.values()])
            yield _rows(table, live)


def _rows(table: pa.Table, live: NDArray[np.bool_]) -> _Rows:
    texts: list[Any] = table["digest"].to_pylist()
    is_digest = np.array([_DIGEST.fullmatch(text or "") is not None for text in texts], np.bool_)
    digests = digests_of([text for text, is_one in zip(texts, is_digest, strict=True) if is_one])
    return _Rows(table[RID].to_numpy()[is_digest], digests, live[is_digest])


def _use(pack: Pack, held: PackIndex, live: Digests) -> PackUse:
    mask = np.isin(held.digests, live)
    return PackUse(pack, mask, int(held.lengths[mask].sum()))


def _zeroed(blobs: Blobs, pack: Pack, held: PackIndex, gone: NDArray[np.bool_]) -> Replacement:
    data = bytearray(Path(blobs.locate(pack.pack)).read_bytes())
    for start, n_bytes in zip(held.starts[gone].tolist(), held.lengths[gone].tolist(), strict=True):
        data[start : start + n_bytes] = bytes(n_bytes)
    digest = blake3(data).hexdigest()
    staged = f"{AREA}/{digest[:2]}/{digest}.pack"
    blobs.put(staged, data)
    return Replacement(pack.pack, staged, digest, int(gone.sum()))


def _reindexed(blobs: Blobs, pack: Pack, held: PackIndex, kept: NDArray[np.bool_]) -> Replacement:
    left = PackIndex(held.digests[kept], held.starts[kept], held.lengths[kept])
    table = index_table(left)
    digest = content_digest(table)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    staged = f"{AREA}/{digest[:2]}/{digest}.parquet"
    blobs.put(staged, sink.getvalue())
    return Replacement(pack.files, staged, digest, 0)
