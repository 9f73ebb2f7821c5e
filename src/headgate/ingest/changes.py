"""Lands change events in a dataset: of each key the newest one counts, and a delete deletes.

The rows and how far each key has come land together, under the catalog's lock from the first
look to the last word: who came later sees what was applied, so no order of files, runs or
processes lets an older event overwrite a newer one. All events of one call land in one snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from headgate.core.errors import Invalid, NotFound
from headgate.core.nouns import Snapshot
from headgate.core.plugins import LINE
from headgate.ingest import places
from headgate.ingest.connectors._envelopes import AT, META, OP, POSITION, TRANSACTION
from headgate.ingest.connectors.debezium import KEY
from headgate.ingest.places import ALL, Places
from headgate.spine.context import Context
from headgate.spine.publish import standing_of
from headgate.spine.store import queries
from headgate.spine.store.manifest import Manifest
from headgate.spine.store.matching import among_keys, load_existing
from headgate.spine.store.reading import read_rows
from headgate.spine.store.segments import I64, RID
from headgate.spine.work import Work
from headgate.spine.writes import Part, Write


class Won(NamedTuple):
    """What counts of some events.

    Args:
        newest: position of the event that counts among all, by the key's digest.
        nameless: positions of events without a whole key.
        floor: how far the table was emptied, these events included.
        n_overtaken: events that change nothing any more.
    """

    newest: dict[str, int]
    nameless: list[int]
    floor: str
    n_overtaken: int


@dataclass(frozen=True)
class Events:
    """All events of a call, n of them.

    Args:
        table: with the columns of META.
        key: columns that identify a row.
        digests: of each event's key.
        ops: of each.
        positions: of each.
    """

    table: pa.Table
    key: tuple[str, ...]
    digests: list[str | None]
    ops: list[str]
    positions: list[str]

    def is_delete(self, index: int) -> bool:
        """Say whether an event takes its row away."""
        return self.ops[index] == "d"


def land(
    context: Context, work: Work, write: Write, parts: Sequence[Part]
) -> tuple[Snapshot, list[str]]:
    """Bring a dataset to where events lead.

    Args:
        context: the project.
        work: the unit; it holds the lock from here on.
        write: the dataset, branch and message; the key if it is named.
        parts: events as the connector gave them.

    Returns:
        The snapshot, and what was done in words.

    Raises:
        Invalid: no key is known, or positions have no common order.
        NotFound: a key column is not in the events.
    """
    connection = work.connection
    known_key = queries.dataset_key(connection, context.tenant, write.dataset)
    events = _events(write, parts, known_key)
    beside = Write(
        dataset=write.dataset + places.SUFFIX,
        mode="upsert",
        key=("key",),
        message=write.message,
        branch=write.branch,
    )
    state = standing_of(context, beside, connection).parent
    known = places.look_up(context.blobs, state, events.digests)
    places.require_kind(known.kind, events.positions, write.dataset)
    won = _won(events, known)
    is_emptied = won.floor > known.floor
    deleted = [index for index in won.newest.values() if events.is_delete(index)]
    leaving = _leaving(context, events, deleted, (state, won.floor) if is_emptied else None)
    keyed = msgspec.structs.replace(write, mode="upsert", key=events.key, making_way=leaving)
    if is_emptied:
        beside = msgspec.structs.replace(
            beside, making_way=lambda now: places.below(context.blobs, now, won.floor)
        )
    deeds = [(keyed, _kept(events, won, parts)), (beside, [_places(events, won, known)])]
    snapshot, _ = work.write_together(deeds)
    return snapshot, _told(won, len(deleted), is_emptied=is_emptied)


def _events(write: Write, parts: Sequence[Part], known: tuple[str, ...] | None) -> Events:
    table = pa.concat_tables([part.rows for part in parts], promote_options="permissive")
    key = write.key or known or _named(parts)
    if not key:
        raise Invalid(
            f"no key of {write.dataset} is known, by which changes find their rows",
            mend="name its columns: --key id",
        )
    ops, positions = (_texts(table, name) for name in (OP, POSITION))
    if not set(ops) - {"t"}:
        return Events(table, key, [None] * len(ops), ops, positions)
    for name in key:
        if name not in table.column_names:
            offered = [each for each in table.column_names if each not in {*META, LINE}]
            raise NotFound.among(f"key column of {write.dataset}", name, offered)
    return Events(table, key, places.digests_of(table, key), ops, positions)


def _texts(table: pa.Table, name: str) -> list[str]:
    return [str(text) for text in table[name].to_pylist()]


def _named(parts: Sequence[Part]) -> tuple[str, ...]:
    """Return the key that the records themselves name."""
    for part in parts:
        names = msgspec.json.decode((part.rows.schema.metadata or {}).get(KEY, b"[]"))
        if names:
            return tuple(names)
    return ()


def _won(events: Events, known: Places) -> Won:
    """Find the event that counts for each key; of equal positions the one that came later."""
    newest: dict[str, int] = {}
    nameless: list[int] = []
    floor = known.floor
    for index, digest in enumerate(events.digests):
        position = events.positions[index]
        if events.ops[index] == "t":
            floor = max(floor, position)
        elif digest is None:
            nameless.append(index)
        elif position > known.held.get(digest, "") and (
            digest not in newest or position >= events.positions[newest[digest]]
        ):
            newest[digest] = index
    alive = {key: index for key, index in newest.items() if events.positions[index] > floor}
    n_rows = len(events.ops) - events.ops.count("t") - len(nameless)
    return Won(alive, nameless, floor, n_rows - len(alive))


def _leaving(
    context: Context, events: Events, deleted: list[int], emptied: tuple[Manifest, str] | None
) -> Callable[[Manifest], I64] | None:
    """Say how to find the rows that leave a state."""
    if not deleted and emptied is None:
        return None

    def leaving(state: Manifest) -> I64:
        gone = np.empty(0, np.int64)
        if deleted:
            keys = events.table.take(pa.array(deleted, pa.int64()))
            chosen = among_keys(state, keys, events.key)
            gone = load_existing(context.blobs, state, events.key, chosen).rids
        if emptied is not None:
            gone = np.union1d(gone, _emptied(context, state, events.key, emptied))
        return np.unique(gone)

    return leaving


def _emptied(
    context: Context, state: Manifest, key: Sequence[str], emptied: tuple[Manifest, str]
) -> I64:
    """Return the rows that no event after the emptying made."""
    beside, floor = emptied
    held = places.look_up(context.blobs, beside, None).held
    rows = read_rows(context.blobs, state, list(key), own=(RID,))
    digests = places.digests_of(rows, key)
    is_gone = [held.get(digest or "", "") <= floor for digest in digests]
    return np.asarray(rows[RID]).astype(np.int64)[np.array(is_gone, np.bool_)]


def _kept(events: Events, won: Won, parts: Sequence[Part]) -> list[Part]:
    """Leave in each part the rows that come in; one without a key goes on to quarantine."""
    rows = [index for index in won.newest.values() if not events.is_delete(index)]
    chosen = np.array(sorted([*rows, *won.nameless]), np.int64)
    kept: list[Part] = []
    start = 0
    for part in parts:
        end = start + part.rows.num_rows
        inside = chosen[(chosen >= start) & (chosen < end)]
        table = events.table.take(pa.array(inside, pa.int64())).drop_columns(list(META))
        table = _with_key(table, events.key).replace_schema_metadata(None)
        raw = _moved(part.raw, (inside - start).tolist())
        kept.append(msgspec.structs.replace(part, rows=table, raw=raw))
        start = end
    return kept


def _with_key(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """Give a table that only tells of emptying the columns of the key."""
    for name in key:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(rows.num_rows))
    return rows


def _moved(
    raw: Callable[[list[int]], list[str]] | None, kept: list[int]
) -> Callable[[list[int]], list[str]] | None:
    return None if raw is None else lambda chosen: raw([kept[place] for place in chosen])


def _places(events: Events, won: Won, known: Places) -> Part:
    chosen = events.table.select([AT, TRANSACTION]).take(
        pa.array(list(won.newest.values()), pa.int64())
    )
    rows: list[dict[str, Any]] = [
        {
            "key": digest,
            "position": events.positions[index],
            "is_deleted": events.is_delete(index),
            "changed_at": told[AT],
            "transaction": told[TRANSACTION],
        }
        for (digest, index), told in zip(won.newest.items(), chosen.to_pylist(), strict=True)
    ]
    if won.floor > known.floor:
        rows.append({"key": ALL, "position": won.floor, "is_deleted": True})
    return places.part_of(rows)


def _told(won: Won, n_deleted: int, *, is_emptied: bool) -> list[str]:
    facts = [f"keys written: {len(won.newest) - n_deleted}, deleted: {n_deleted}"]
    if won.n_overtaken:
        facts.append(f"events overtaken by newer ones, or known already: {won.n_overtaken}")
    if is_emptied:
        facts.append(f"the table was emptied before {won.floor}")
    return facts
