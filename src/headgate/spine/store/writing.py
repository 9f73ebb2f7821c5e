"""Makes a dataset's next state: matches, mints, writes segments, and leaves publishing to others.

Nothing here changes the catalog. Everything written is a blob that nobody names yet, so a
process killed at any point leaves only orphans.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid
from headgate.spine.store.canonical import EXACT_FLOAT, canonical, row_hashes
from headgate.spine.store.manifest import (
    FORMAT_VERSION,
    Manifest,
    Segment,
    columns_of,
    shifted,
)
from headgate.spine.store.matching import (
    NONE,
    Existing,
    Matches,
    among_either,
    among_keys,
    among_rids,
    load_existing,
    match_content,
    match_keys,
    match_rids,
)
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import I64, with_deleted, with_identity, write_segments
from headgate.spine.store.threads import each
from headgate.spine.store.upkeep.compaction import merged_small
from headgate.spine.writes import REPLACING

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from headgate.core.nouns import Column
    from headgate.spine.store.blobs import Blobs
    from headgate.spine.store.canonical import U64
    from headgate.spine.store.matching import Among
    from headgate.spine.writes import Mode


MARKERS = 4
"""Segments whose deletions are brought to disk at once; that is waiting more than work."""


@dataclass(frozen=True)
class Incoming:
    """Rows that passed every gate.

    Args:
        rows: canonical user columns, n rows, each batch's rows together.
        batches: index of each row's batch, shape (n,).
        n_batches: how many batches there are; some may be empty.
        mode: how they come in.
        key: columns that identify a row; needed by `upsert` unless rows carry their ids.
        rids: row ids, where rows are one row of one row; none if they are new.
        scope: for `overwrite` the ids of the rows that make way, shape (n_scope,); for `upsert`
            of those that leave beside it.
        must_write: rows of equal content are written again, for their parents have changed.
        own: says of row ids, shape (n,), whether they were made for this dataset; rows that are
            made anew are none of those that others made. All of them are its own if none.
    """

    rows: pa.Table
    batches: I64
    n_batches: int
    mode: Mode
    key: tuple[str, ...] = ()
    rids: I64 | None = None
    scope: I64 | None = None
    must_write: bool = False
    own: Callable[[I64], NDArray[np.bool_]] | None = None


@dataclass
class Numbers:
    """Row ids and batch numbers taken from the counters; kept when a commit is tried again.

    Args:
        revs: the number of each batch, where they are not neighbours.
    """

    first_rid: int
    first_rev: int
    revs: tuple[int, ...] = ()

    def rev(self, index: int) -> int:
        """Return the number of a batch of the commit."""
        return self.revs[index] if self.revs else self.first_rev + index


class Counts(NamedTuple):
    """How many rows a commit adds, takes away and changes."""

    n_added: int
    n_removed: int
    n_changed: int


@dataclass(frozen=True)
class Staged:
    """A next state, written but not yet published.

    Args:
        rids: the id each incoming row has now, shape (n,).
        minted: for each batch the range [lo, hi) of row ids made for it.
    """

    manifest: Manifest
    n_added: int
    n_removed: int
    n_changed: int
    rids: I64
    minted: list[tuple[int, int]]
    added_columns: list[str] = field(default_factory=list)
    removed_columns: list[str] = field(default_factory=list)
    retyped_columns: list[str] = field(default_factory=list)

    @property
    def has_changed(self) -> bool:
        """Whether the state differs from its parent at all."""
        rows = self.n_added or self.n_removed or self.n_changed
        return bool(rows or self.added_columns or self.removed_columns or self.retyped_columns)


@dataclass(frozen=True)
class _Split:
    """What becomes of each incoming row, and which existing rows leave."""

    existing: I64
    writes: NDArray[np.bool_]
    leaving: I64
    n_added: int
    n_removed: int
    n_changed: int


def stage(blobs: Blobs, parent: Manifest, incoming: Incoming, numbers: Numbers) -> Staged:
    """Write what a dataset becomes when rows come in.

    Args:
        blobs: where segments go.
        parent: the state to start from.
        incoming: the rows, and how they come in.
        numbers: the ids to use.

    Raises:
        Invalid: a column cannot be kept as it is, or not as what it becomes; or a row outside of
            the scope has the key or id of one that comes in.
    """
    rows = canonical(incoming.rows)
    hashes = row_hashes(rows)
    columns = columns_after(parent, rows.schema, incoming.mode)
    refuse_lossy(blobs, parent, columns, incoming.mode)
    existing = _load(blobs, parent, incoming)
    matches = _own_only(existing, _matched(existing, rows, hashes, incoming), incoming)
    split = _split(existing, matches, hashes, incoming)
    rids, minted = _identify(split, existing, incoming, numbers)
    chosen = np.flatnonzero(split.writes)
    revs = numbers.first_rev + incoming.batches[chosen]
    fresh = with_identity(
        rows.take(pa.array(chosen, pa.int64())) if len(chosen) < rows.num_rows else rows,
        rids=rids[chosen],
        revs=revs,
        hashes=hashes[chosen],
    )
    kept = _without(blobs, parent, existing, split.leaving)
    lanes = shifted(parent.lanes, added=hashes[chosen], removed=_hashes(existing, split.leaving))
    segments = (*kept, *write_segments(blobs, fresh))
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        tenant=parent.tenant,
        dataset=parent.dataset,
        number=parent.number + 1,
        parent=None,
        columns=columns,
        key=incoming.key or parent.key,
        lanes=lanes,
        n_rows=sum(segment.n_live for segment in segments),
        segments=segments,
    )
    if len(chosen):
        manifest = merged_small(blobs, manifest)
    counts = Counts(split.n_added, split.n_removed, split.n_changed)
    return compared(parent, manifest, counts, rids, minted)


def _load(blobs: Blobs, parent: Manifest, incoming: Incoming) -> Existing | None:
    if not parent.segments or (incoming.mode == "append" and incoming.rids is None):
        return None
    existing = load_existing(blobs, parent, incoming.key, _among(parent, incoming))
    if incoming.scope is None or incoming.mode not in REPLACING:
        return existing if len(existing.rids) else None
    is_inside = np.isin(existing.rids, incoming.scope)
    outside = _matched(existing.only(~is_inside), incoming.rows, None, incoming)
    n_clashing = int((outside.existing != NONE).sum())
    if n_clashing:
        raise Invalid(
            f"{n_clashing} rows are in {parent.dataset} already, outside of what is overwritten",
            mend="widen the condition to where they stand, or upsert them",
        )
    return existing.only(is_inside) if is_inside.any() else None


def _among(parent: Manifest, incoming: Incoming) -> Among | None:
    """Choose the rows that can match; all of them where those that do not match have to go."""
    if incoming.mode in REPLACING:
        return None
    by_key = among_keys(parent, incoming.rows, incoming.key) if _has_key(incoming) else None
    chosen = by_key
    if incoming.rids is not None:
        chosen = among_rids(incoming.rids)
        if by_key is not None and incoming.mode == "upsert":
            chosen = among_either(chosen, by_key)
    if chosen is None or incoming.scope is None:
        return chosen
    return among_either(chosen, among_rids(incoming.scope))


def _has_key(incoming: Incoming) -> bool:
    """Say whether rows bring their key; those that bring their ids need not."""
    return bool(incoming.key) and set(incoming.key) <= set(incoming.rows.column_names)


def _matched(
    existing: Existing | None, rows: pa.Table, hashes: U64 | None, incoming: Incoming
) -> Matches:
    """Match by id, by key, or else by content where hashes are given."""
    if existing is not None and incoming.rids is not None:
        found = match_rids(existing, incoming.rids)
        if incoming.mode != "upsert" or not _has_key(incoming):
            return found
        return found.over(match_keys(existing, rows, incoming.key))
    if existing is not None and incoming.key:
        return match_keys(existing, rows, incoming.key)
    if existing is not None and hashes is not None:
        return match_content(existing, hashes)
    nothing = np.empty(0, np.int64)
    return Matches(existing=np.full(rows.num_rows, NONE, np.int64), surplus=nothing)


def _own_only(existing: Existing | None, matches: Matches, incoming: Incoming) -> Matches:
    """Let rows that came with the ids of another dataset's make way for what is made anew."""
    places = np.flatnonzero(matches.existing != NONE)
    if existing is None or incoming.own is None or not len(places):
        return matches
    found = matches.existing[places]
    is_own = incoming.own(existing.rids[found])
    kept = matches.existing.copy()
    kept[places[~is_own]] = NONE
    return Matches(existing=kept, surplus=matches.surplus).over(matches)


def _split(existing: Existing | None, matches: Matches, hashes: U64, incoming: Incoming) -> _Split:
    found = matches.existing
    is_new = found == NONE
    if existing is None:
        nothing = np.empty(0, np.int64)
        return _Split(found, is_new, nothing, int(is_new.sum()), 0, 0)
    same = ~is_new & (existing.hashes[np.maximum(found, 0)] == hashes).all(axis=1)
    writes = np.ones(len(found), np.bool_) if incoming.must_write else ~same
    gone = matches.surplus
    if incoming.mode in REPLACING:
        stays = np.zeros(len(existing.rids), np.bool_)
        stays[found[~is_new]] = True
        gone = np.flatnonzero(~stays)
    elif incoming.scope is not None:
        asked = np.flatnonzero(np.isin(existing.rids, incoming.scope))
        gone = np.union1d(gone, np.setdiff1d(asked, found[~is_new]))
    return _Split(
        existing=found,
        writes=writes,
        leaving=np.unique(np.concatenate([gone, found[writes & ~is_new]])),
        n_added=int(is_new.sum()),
        n_removed=len(gone),
        n_changed=int((~is_new & ~same).sum()),
    )


def _identify(
    split: _Split, existing: Existing | None, incoming: Incoming, numbers: Numbers
) -> tuple[I64, list[tuple[int, int]]]:
    """Give every incoming row its id; new rows of a batch get neighbouring ones."""
    if incoming.rids is not None:
        return incoming.rids, [(0, 0)] * incoming.n_batches
    is_new = split.existing == NONE
    rids = np.zeros(len(is_new), np.int64)
    rids[is_new] = numbers.first_rid + np.arange(int(is_new.sum()))
    if existing is not None:
        rids[~is_new] = existing.rids[split.existing[~is_new]]
    counts = np.bincount(incoming.batches[is_new], minlength=incoming.n_batches)
    ends = numbers.first_rid + np.cumsum(counts)
    return rids, [(int(end - n), int(end)) for end, n in zip(ends, counts, strict=True)]


def _without(
    blobs: Blobs, parent: Manifest, existing: Existing | None, leaving: I64
) -> tuple[Segment, ...]:
    if existing is None or not len(leaving):
        return parent.segments
    owners = existing.segments[leaving]

    def left(index: int) -> Segment | None:
        segment = parent.segments[index]
        positions = existing.positions[leaving[owners == index]]
        return with_deleted(blobs, segment, positions) if len(positions) < segment.n_live else None

    touched = [int(index) for index in np.unique(owners)]
    marked = dict(zip(touched, each(left, touched, at_once=MARKERS), strict=True))
    kept = (marked.get(index, one) for index, one in enumerate(parent.segments))
    return tuple(segment for segment in kept if segment is not None)


def _hashes(existing: Existing | None, rows: I64) -> U64:
    return np.empty((0, 2), np.uint64) if existing is None else existing.hashes[rows]


def columns_after(parent: Manifest, schema: pa.Schema, mode: Mode) -> tuple[Column, ...]:
    """Keep the parent's columns and types; a replacement has its own."""
    incoming = columns_of(schema)
    if mode == "replace":
        return incoming
    types = {column.name: column for column in incoming}
    merged = [types.pop(column.name, column) for column in parent.columns]
    return (*merged, *types.values())


def refuse_lossy(blobs: Blobs, parent: Manifest, columns: tuple[Column, ...], mode: Mode) -> None:
    """Refuse to turn whole numbers into floats where a kept one is too big for that.

    Raises:
        Invalid: one is.
    """
    kept = {column.name: column.type for column in parent.columns}
    for column in columns:
        is_wider = column.type == "double" and kept.get(column.name) in {"int64", "uint64"}
        if is_wider and mode != "replace" and _largest(blobs, parent, column.name) > EXACT_FLOAT:
            raise Invalid(
                f"column {column.name!r} holds whole numbers above 2^53 and cannot take fractions",
                mend="replace the dataset with the column as text or decimal",
            )


def _largest(blobs: Blobs, manifest: Manifest, name: str) -> int:
    """Return the largest magnitude in a column of whole numbers, 0 if it holds none."""
    values = read_rows(blobs, manifest, [name])[name]
    bounds: Any = pc.min_max(values).as_py()
    return max(abs(bound) for bound in (bounds["min"] or 0, bounds["max"] or 0))


def compared(
    parent: Manifest, manifest: Manifest, counts: Counts, rids: I64, minted: list[tuple[int, int]]
) -> Staged:
    """Say what a state is to the one it follows; see `Staged` for the arguments."""
    before = {column.name: column.type for column in parent.columns}
    after = {column.name: column.type for column in manifest.columns}
    is_first = not parent.number
    return Staged(
        manifest=manifest,
        n_added=counts.n_added,
        n_removed=counts.n_removed,
        n_changed=counts.n_changed,
        rids=rids,
        minted=minted,
        added_columns=[] if is_first else [name for name in after if name not in before],
        removed_columns=[name for name in before if name not in after],
        retyped_columns=[
            f"{name}: {before[name]} to {after[name]}"
            for name in after
            if name in before and before[name] != after[name]
        ],
    )
