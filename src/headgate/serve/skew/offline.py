"""Finds for each prediction the offline row of its entity, as it was when the prediction was made.

A dataset that was committed again and again is its own history: the snapshot that stood at the
time is read. A dataset with a row for every change is read once and searched by entity and time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headgate.core.errors import Invalid, NotFound
from headgate.serve.schema import whole
from headgate.spine.store import queries
from headgate.spine.store.reading import read_rows
from headgate.spine.store.settling import as_kind, common, settled
from headgate.spine.store.snapshots import find_snapshot, manifest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headgate.core.nouns import Snapshot
    from headgate.spine.context import Context
    from headgate.spine.store.segments import I64

MOMENT = pa.timestamp("us", "UTC")
BY = "?at="
_HIGHEST = 2.0**63
_NONE = np.empty(0, np.int64)


class Asked(NamedTuple):
    """Of which entities at what times: texts and microseconds since 1970, each of shape (n,)."""

    keys: Any
    at: I64


class Found(NamedTuple):
    """Offline rows for predictions.

    Args:
        columns: each column by its name, shape (n,), null where there is no row.
        has_row: whether the entity has a row, shape (n,).
        n_before: how many rows are younger than their prediction.
    """

    columns: dict[str, Any]
    has_row: Any
    n_before: int


class Piece(NamedTuple):
    """Rows for some predictions: their places among all, and for each its row or none."""

    places: I64
    rows: pa.Table
    chosen: Any


def offline_rows(context: Context, offline: str, key: str, asked: Asked) -> Found:
    """Find the rows of entities as of some times.

    Args:
        context: the project.
        offline: the dataset, and its column of times if it has one.
        key: the column that names the entity.
        asked: which entities, when.

    Raises:
        NotFound: there is no such dataset or column.
        Invalid: an entity has several rows and there is no time to choose by.
    """
    name, by, clock = offline.partition(BY)
    if by and not clock:
        raise Invalid(f"{offline!r} names no column of times", mend=f"write {name}{BY}updated_at")
    if clock:
        pieces, n_before = [_by_time(context, name, key, clock, asked)], 0
    else:
        snapshots, standing, n_before = _standing(context, name, asked.at)
        pieces = list(_by_snapshot(context, snapshots, standing, key, asked))
    return _joined(pieces, key, len(asked.at), n_before)


def as_keys(column: Any) -> Any:
    """Write the names of entities as text; whole numbers alike whatever their type.

    A number that is not whole, or is larger than 64 bits hold, names nothing.
    """
    column = as_kind(column, settled(column.type))
    if pa.types.is_floating(column.type):
        is_whole = pc.and_(
            pc.equal(pc.floor(column), column), pc.less(pc.abs(column), pa.scalar(_HIGHEST))
        )
        column = pc.if_else(is_whole, column, pa.scalar(None, column.type)).cast(pa.int64())
    return as_kind(column, pa.string())


def _standing(context: Context, name: str, at: I64) -> tuple[list[Snapshot], I64, int]:
    """Return the states of a dataset, and for each time which of them stood then."""
    head = find_snapshot(context, name)
    with context.catalog.read() as connection:
        rows = queries.version_rows(connection, context.tenant, head.dataset)
    kept = [one for one in rows[::-1] if one.expired_at is None and one.branch == head.branch]
    made = pa.array([one.created_at for one in kept], MOMENT).cast(pa.int64()).to_numpy()
    places = np.searchsorted(made, at, side="right") - 1
    return kept, np.maximum(places, 0), int((places < 0).sum())


def _by_snapshot(
    context: Context, snapshots: list[Snapshot], standing: I64, key: str, asked: Asked
) -> Iterator[Piece]:
    for number in np.unique(standing):
        rows = read_rows(context.blobs, manifest_of(context, snapshots[number]))
        keys = _keys_of(rows, key, f"{snapshots[number].dataset}@{snapshots[number].number}")
        places = np.flatnonzero(standing == number)
        wanted = asked.keys.take(pa.array(places))
        is_wanted = pc.is_in(keys, value_set=pc.unique(wanted).drop_null())
        rows, keys = rows.filter(is_wanted), keys.filter(is_wanted)
        _refuse_several(keys, key)
        yield Piece(places, rows, pc.index_in(wanted, value_set=keys))


def _by_time(context: Context, name: str, key: str, clock: str, asked: Asked) -> Piece:
    """Choose the newest row of each entity that is not younger than the prediction."""
    snapshot = find_snapshot(context, name)
    rows = read_rows(context.blobs, manifest_of(context, snapshot))
    keys = _keys_of(rows, key, f"{snapshot.dataset}@{snapshot.number}")
    times: Any = whole(rows, _there(rows, clock, name))
    if not (pa.types.is_timestamp(times.type) or pa.types.is_date(times.type)):
        raise Invalid(f"column {clock!r} is {times.type}, not a time", mend="name one of times")
    ticks = np.asarray(times.cast(MOMENT).cast(pa.int64()).fill_null(_NEVER), np.int64)
    entities: Any = pc.index_in(keys, value_set=pc.unique(keys))
    wanted = np.asarray(pc.index_in(asked.keys, value_set=pc.unique(keys)).fill_null(-1), np.int64)
    owners = np.asarray(entities.fill_null(-2), np.int64)
    known, ranks = np.unique(np.concatenate([ticks, asked.at]), return_inverse=True)
    held = owners * len(known) + ranks[: len(ticks)]
    order = np.argsort(held, kind="stable")
    place = np.searchsorted(held[order], wanted * len(known) + ranks[len(ticks) :], "right") - 1
    chosen = order[np.maximum(place, 0)] if len(order) else np.zeros(len(wanted), np.int64)
    is_its = (place >= 0) & (wanted >= 0)
    is_its[is_its] = owners[chosen[is_its]] == wanted[is_its]
    return Piece(np.arange(len(wanted)), rows, pa.array(chosen, mask=~is_its))


_NEVER = np.iinfo(np.int64).max
"""The time of a row that says none: after every prediction."""


def _keys_of(rows: pa.Table, key: str, place: str) -> Any:
    return as_keys(whole(rows, _there(rows, key, place)))


def _there(rows: pa.Table, name: str, place: str) -> str:
    if name not in rows.column_names:
        raise NotFound.among(f"column of {place}", name, rows.column_names)
    return name


def _refuse_several(keys: Any, key: str) -> None:
    counts: Any = pc.value_counts(keys)
    several = counts.filter(pc.greater(counts.field("counts"), pa.scalar(1, pa.int64())))
    if len(several):
        raise Invalid(
            f"{key} {several[0]['values']} has {several[0]['counts']} rows in the dataset",
            mend=f"say by which column of times to choose: --offline NAME{BY}updated_at",
        )


def _joined(pieces: list[Piece], key: str, n: int, n_before: int) -> Found:
    kinds: dict[str, pa.DataType] = {}
    for piece in pieces:
        for field in piece.rows.schema:
            if field.name != key:
                kind = settled(field.type)
                kinds[field.name] = common(kinds.get(field.name, kind), kind)
    has_row = np.zeros(n, np.bool_)
    for piece in pieces:
        has_row[piece.places] = np.asarray(piece.chosen.is_valid())
    order: Any = pa.array(np.argsort(np.concatenate([_NONE, *(one.places for one in pieces)])))
    columns: dict[str, Any] = {}
    for name, kind in kinds.items():
        parts = [_chosen(piece, name, kind) for piece in pieces]
        columns[name] = pa.concat_arrays(parts).take(order)
    return Found(columns, pa.array(has_row), n_before)


def _chosen(piece: Piece, name: str, kind: pa.DataType) -> Any:
    """Return a column of a piece for each of its predictions; null where it has it not."""
    if name not in piece.rows.column_names:
        return pa.nulls(len(piece.places)).cast(kind)
    return as_kind(whole(piece.rows, name), kind).take(piece.chosen)
