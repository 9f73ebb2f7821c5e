"""Checks single files of the store: that they can be read and hold what their name says."""

from __future__ import annotations

import base64
import mmap
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from blake3 import blake3
from pyroaring import BitMap, BitMap64

from headgate.core.errors import HeadgateError
from headgate.spine.store.canonical import content_digest
from headgate.spine.store.manifest import deletions_key
from headgate.spine.store.packs.index import hex_of, read_index
from headgate.spine.store.reading import hashes_of
from headgate.spine.store.segments import REV, RID, ROW_HASH
from headgate.spine.store.upkeep.problems import Problem, damaged

if TYPE_CHECKING:
    from collections.abc import Collection

    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.manifest import Segment
    from headgate.spine.store.packs.index import Pack
    from headgate.spine.store.segments import I64

UNREADABLE = (pa.ArrowException, OSError, ValueError, EOFError, msgspec.MsgspecError, HeadgateError)
"""What reading a damaged file may raise."""
PACK_SUFFIX = ".pack"
"""Packs are checked by what their indexes say."""
_DIGEST_DIGITS = 64


class Live(NamedTuple):
    """The live rows of a segment under one bitmap of deleted positions.

    Args:
        rids: their ids; equal ones count once.
        lanes: their summed row hashes; nothing where they were not read.
        n_erased: how many of them were erased.
    """

    rids: BitMap64
    lanes: tuple[int, int] | None
    n_erased: int


class Checked(NamedTuple):
    """What a segment's file was found to be, for each bitmap of deletions it is used with."""

    problems: list[Problem]
    live: dict[str | None, Live]


def check_deletions(blobs: Blobs, digest: str, segment: Segment) -> Problem | BitMap:
    """Read a bitmap of deleted positions and hold it against what a segment says of it."""
    key = deletions_key(digest)
    try:
        data = blobs.get(key)
        if blake3(data).hexdigest() != digest:
            return damaged(key, "the bytes are not those it is named after")
        bitmap = BitMap.deserialize(data)
    except UNREADABLE as error:
        return damaged(key, f"it cannot be read: {error}")
    if len(bitmap) != segment.n_deleted or (bitmap and bitmap.max() >= segment.n_rows):
        return damaged(key, f"it does not fit segment {segment.digest[:12]}")
    return bitmap


def check_segment(
    blobs: Blobs,
    segment: Segment,
    deletions: dict[str | None, BitMap],
    digests: Collection[str],
    *,
    is_deep: bool,
) -> Checked:
    """Read a segment's file and hold it against what manifests say of it.

    Args:
        blobs: where it lies.
        segment: as a manifest names it.
        deletions: the bitmaps it is used with, by digest.
        digests: the content digests it may have.
        is_deep: read every cell; otherwise counts and ids alone.
    """
    try:
        with pq.ParquetFile(blobs.locate(segment.key), memory_map=True) as file:
            if file.metadata.num_rows != segment.n_rows:
                what = f"it has {file.metadata.num_rows} rows, the manifest says {segment.n_rows}"
                return Checked([damaged(segment.key, what)], {})
            table = _wanted(file, segment, is_deep=is_deep)
            if is_deep and table is not None and _content_of(file, table) not in digests:
                what = "its content is not what it is named after"
                return Checked([damaged(segment.key, what)], {})
    except UNREADABLE as error:
        return Checked([damaged(segment.key, f"it cannot be read: {error}")], {})
    rids, revs = _ids(segment, table)
    problems = _check_ids(segment, rids, revs)
    live = {digest: _live(rids, table, gone) for digest, gone in deletions.items()}
    return Checked(problems, live)


def check_blob(
    blobs: Blobs, key: str, digests: Collection[str], *, is_deep: bool
) -> Problem | None:
    """Check a blob that is no segment: its footer, or in depth what its name says.

    Args:
        blobs: where it lies.
        key: which.
        digests: content digests it may have besides the one in its name.
        is_deep: read all of it.
    """
    name = PurePosixPath(key)
    if name.suffix == PACK_SUFFIX:
        return None
    allowed = {name.stem, *digests}
    try:
        if name.suffix == ".parquet":
            with pq.ParquetFile(blobs.locate(key), memory_map=True) as file:
                is_good = not is_deep or _content_of(file, file.read()) in allowed
        else:
            data = blobs.get(key)
            is_good = not is_deep or blake3(data).hexdigest() in allowed
    except UNREADABLE as error:
        return damaged(key, f"it cannot be read: {error}")
    if is_good or len(name.stem) != _DIGEST_DIGITS:
        return None
    return damaged(key, "its content is not what it is named after")


def check_pack(blobs: Blobs, pack: Pack, *, is_deep: bool) -> Problem | None:
    """Check a pack's size, and in depth the digest of every file in it."""
    try:
        held = read_index(blobs, pack.files)
        with Path(blobs.locate(pack.pack)).open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))
        if len(data) != pack.n_bytes:
            return damaged(pack.pack, f"it has {len(data)} bytes, the catalog says {pack.n_bytes}")
        texts = hex_of(held.digests) if is_deep else []
        for text, start, length in zip(texts, held.starts, held.lengths, strict=False):
            if blake3(data[start : start + length]).hexdigest() != text:
                return damaged(pack.pack, f"the file {text[:12]} in it is not what it was")
    except UNREADABLE as error:
        return damaged(pack.pack, f"it or its index cannot be read: {error}")
    return None


def _content_of(file: pq.ParquetFile, table: pa.Table) -> str:
    """Name the content of a file, read as a table, with the types it had when it was written.

    Parquet has no seconds, for one, and calls the elements of a list `element`; Arrow notes in
    the file what it was given.
    """
    noted = (file.metadata.metadata or {}).get(b"ARROW:schema")
    if noted is not None:
        table = table.cast(pa.ipc.read_schema(pa.py_buffer(base64.b64decode(noted))))
    return content_digest(table)


def _wanted(file: pq.ParquetFile, segment: Segment, *, is_deep: bool) -> pa.Table | None:
    """Read all of a segment, or only ids and hashes where its runs do not tell them."""
    if is_deep:
        return file.read()
    return file.read([RID, REV]) if segment.runs is None else None


def _ids(segment: Segment, table: pa.Table | None) -> tuple[I64, I64]:
    if table is not None:
        return table[RID].to_numpy(), table[REV].to_numpy()
    runs = segment.runs or ()
    none = np.empty(0, np.int64)
    rids = np.concatenate([none, *(np.arange(run.rid, run.rid + run.n_rows) for run in runs)])
    revs = np.repeat(
        np.array([run.rev for run in runs], np.int64),
        np.array([run.n_rows for run in runs], np.int64),
    )
    return rids, revs


def _check_ids(segment: Segment, rids: I64, revs: I64) -> list[Problem]:
    """Hold ids and batches against the runs and bounds that the manifest gives."""
    bounds = (segment.rid_lo, segment.rid_hi, segment.rev_lo, segment.rev_hi)
    if len(rids) != segment.n_rows:
        return [damaged(segment.key, "the runs in the manifest do not cover its rows")]
    if (int(rids.min()), int(rids.max()), int(revs.min()), int(revs.max())) != bounds:
        return [damaged(segment.key, "its row ids or batches are outside the manifest's bounds")]
    for run in segment.runs or ():
        span = slice(run.position, run.position + run.n_rows)
        expected = np.arange(run.rid, run.rid + run.n_rows)
        if not np.array_equal(rids[span], expected) or not (revs[span] == run.rev).all():
            return [damaged(segment.key, f"the run at {run.position} is not as the manifest says")]
    return []


def _live(rids: I64, table: pa.Table | None, gone: BitMap) -> Live:
    mask = np.ones(len(rids), np.bool_)
    mask[np.asarray(gone.to_array(), np.int64)] = False
    kept = BitMap64(rids[mask].astype("u8"))
    if table is None or ROW_HASH not in table.column_names:
        return Live(kept, None, 0)
    hashes = hashes_of(table[ROW_HASH])[mask]
    first, second = (int(lane) for lane in hashes.sum(axis=0, dtype=np.uint64))
    return Live(kept, (first, second), int((hashes == 0).all(axis=1).sum()))
