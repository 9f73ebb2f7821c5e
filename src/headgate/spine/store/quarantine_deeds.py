"""What was done with records in quarantine, and what each of them is now.

A deed is one row of the catalog: which records of a batch by a bitmap of their numbers, who, when,
why, and a file of what changed about them. A record's newest text and newest reason count; the
older ones stay where they are. A deed and its batch's two bitmaps change in one transaction, and
only records that wait can be released, so that none becomes a row twice.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap
from sqlalchemy import func, insert, select, update

from headgate.core.errors import Conflict
from headgate.core.times import now
from headgate.spine.store import quarantine, queries
from headgate.spine.store.sealed import GROUP_ROWS, read_sealed
from headgate.spine.store.tables import quarantine_deeds, quarantined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from headgate.spine.context import Context
    from headgate.spine.store.quarantine import Waiting
    from headgate.spine.store.segments import I64

Kind = Literal["released", "refused", "fixed", "discarded", "restored"]
State = Literal["waiting", "released", "discarded"]
STATES = ("waiting", "released", "discarded")
SCHEMA = pa.schema(
    [
        ("batch", pa.int64()),
        ("number", pa.int64()),
        ("raw", pa.string()),
        ("reason", pa.string()),
        ("rid", pa.int64()),
    ]
)
RECORDS = pa.schema(
    [
        ("batch", pa.int64()),
        ("uri", pa.string()),
        ("line", pa.int64()),
        ("raw", pa.string()),
        ("reason", pa.string()),
        ("record", pa.string()),
        ("rule", pa.string()),
        ("state", pa.string()),
        ("source", pa.string()),
        ("first_reason", pa.string()),
        ("first_raw", pa.string()),
        ("released_in", pa.int64()),
    ]
)
"""A record as it is now; `first_` is what it came with, where that is another one now."""


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done with records of a batch.

    Args:
        rev: the batch they came with.
        deed: counts from 1 in each batch.
        numbers: which of its records.
        blob: the file of what changed about them; nothing if nothing did.
        into_rev: the batch in which they became rows.
        because: why.
    """

    rev: int
    deed: int
    kind: str
    numbers: BitMap
    blob: str | None
    into_rev: int | None
    because: str
    done_at: datetime
    done_by: str


class Change(NamedTuple):
    """What is done with some records of one batch, all of which are in the same state.

    Args:
        numbers: the records, ascending, shape (n,).
        kind: what is done.
        before: names of the reasons for which they waited until now.
        after: names of those for which they wait from now on.
        table: what changes about them, of `SCHEMA`; nothing if nothing does.
        into_rev: the batch in which they become rows.
    """

    numbers: I64
    kind: Kind
    before: Sequence[str]
    after: Sequence[str]
    table: pa.Table | None = None
    into_rev: int | None = None


def stamp(connection: Connection, tenant: str, dataset: str) -> tuple[int, ...]:
    """Return what moves whenever a record of a dataset may have become another one."""
    query = select(func.count()).where(
        quarantine_deeds.c.tenant == tenant, quarantine_deeds.c.dataset == dataset
    )
    n_deeds = connection.execute(query).scalar() or 0
    return n_deeds, queries.counted(connection, tenant, queries.ERASURES)


def deeds_of(
    connection: Connection, tenant: str, dataset: str | None = None
) -> dict[int, list[Deed]]:
    """List what was done with records, the oldest first, by batch."""
    query = select(quarantine_deeds).where(quarantine_deeds.c.tenant == tenant)
    if dataset is not None:
        query = query.where(quarantine_deeds.c.dataset == dataset)
    query = query.order_by(quarantine_deeds.c.rev, quarantine_deeds.c.deed)
    found: dict[int, list[Deed]] = {}
    for row in connection.execute(query).mappings():
        values: dict[str, Any] = {name: row[name] for name in Deed.__struct_fields__}
        values["numbers"] = quarantine.bitmap(row["numbers"])
        found.setdefault(row["rev"], []).append(Deed(**values))
    return found


def change_of(entry: Waiting, numbers: I64, columns: dict[str, Sequence[Any]]) -> pa.Table:
    """Make the file of a deed: what changes about records; a column that is missing is null."""
    filled: dict[str, Any] = {
        "batch": np.full(len(numbers), entry.rev),
        "number": numbers,
        **columns,
    }
    arrays = [
        pa.array(filled[field.name], field.type)
        if field.name in filled
        else pa.nulls(len(numbers), field.type)
        for field in SCHEMA
    ]
    return pa.table(arrays, schema=SCHEMA)


def put_deed(
    connection: Connection, context: Context, entry: Waiting, change: Change, because: str
) -> str | None:
    """Do something with records, within a unit of work that holds the lock.

    Returns:
        The key of the file of what changed about them, if anything did.

    Raises:
        Conflict: one of the records is not in the state in which that can be done.
    """
    numbers = BitMap(change.numbers.astype(np.uint32))
    current = _current(connection, context.tenant, entry)
    released, discarded = _moved(current, change.kind, numbers)
    blob = None if change.table is None else quarantine.put_table(context.blobs, change.table)
    own = (quarantine_deeds.c.tenant == context.tenant, quarantine_deeds.c.rev == entry.rev)
    last = connection.execute(select(func.max(quarantine_deeds.c.deed)).where(*own)).scalar() or 0
    connection.execute(
        insert(quarantine_deeds).values(
            tenant=context.tenant,
            rev=entry.rev,
            deed=last + 1,
            dataset=entry.dataset,
            kind=change.kind,
            numbers=numbers.serialize(),
            n_records=len(numbers),
            blob=blob,
            into_rev=change.into_rev,
            because=because,
            done_at=now(),
            done_by=context.actor,
        )
    )
    same = (quarantined.c.tenant == context.tenant, quarantined.c.rev == entry.rev)
    connection.execute(
        update(quarantined)
        .where(*same)
        .values(
            n_released=len(released),
            n_discarded=len(discarded),
            released=released.serialize(),
            discarded=discarded.serialize(),
            reasons=_reasons(current, change),
        )
    )
    return blob


def _current(connection: Connection, tenant: str, entry: Waiting) -> Waiting:
    [current] = quarantine.listed(connection, tenant, entry.dataset, entry.rev)
    return current


def _moved(entry: Waiting, kind: Kind, numbers: BitMap) -> tuple[BitMap, BitMap]:
    """Return the batch's bitmaps after a deed; it is refused if a record is in another state."""
    settled = entry.released | entry.discarded
    clashing = numbers - entry.discarded if kind == "restored" else numbers & settled
    if clashing:
        raise Conflict(
            f"record {entry.rev}/{clashing.min()} was dealt with by another process meanwhile",
            mend="look again: headgate quarantine show",
        )
    released = entry.released | numbers if kind == "released" else entry.released
    if kind == "discarded":
        return released, entry.discarded | numbers
    return released, entry.discarded - numbers if kind == "restored" else entry.discarded


def _reasons(entry: Waiting, change: Change) -> str | None:
    """Count anew why records wait; nothing where the counts before are not known."""
    if entry.reasons is None:
        return None
    counts = Counter(entry.reasons)
    counts.subtract(change.before)
    if min(counts.values(), default=0) < 0:
        # an erasure took a reason's text, and with it its name
        return None
    counts.update(change.after)
    return msgspec.json.encode(dict(+counts), order="sorted").decode()


def state_masks(entry: Waiting, low: int, high: int) -> dict[str, Any]:
    """Say for the records [low, high), counted from 0, in which state each is."""
    released = _mask(entry.released, low, high)
    discarded = _mask(entry.discarded, low, high)
    return {
        "waiting": ~(released | discarded),
        "released": released,
        "discarded": discarded,
    }


def _mask(numbers: BitMap, low: int, high: int) -> Any:
    mask = np.zeros(high - low, np.bool_)
    inside = numbers & BitMap(range(low + 1, high + 1))
    mask[np.asarray(inside.to_array(), np.int64) - low - 1] = True
    return mask


def records(
    context: Context, entry: Waiting, deeds: Sequence[Deed], *, after: int = 0
) -> Iterator[pa.Table]:
    """Read a batch's records as they are now, some ten thousand at a time.

    Args:
        context: the project.
        entry: the batch.
        deeds: what was done with them, the oldest first.
        after: those with greater numbers only.

    Yields:
        Tables of `RECORDS`, in the order of their numbers.
    """
    files = [
        (deed, read_sealed(context.blobs, deed.blob)) for deed in deeds if deed.blob is not None
    ]
    for low in range(after, entry.n_rows, GROUP_ROWS):
        high = min(low + GROUP_ROWS, entry.n_rows)
        base = read_sealed(
            context.blobs, entry.blob, quarantine.SCHEMA.names, ranges=[(low, high)]
        ).replace_schema_metadata(None)
        yield _as_now(entry, base, files, deeds, low)


def _as_now(
    entry: Waiting,
    base: pa.Table,
    files: Sequence[tuple[Deed, pa.Table]],
    deeds: Sequence[Deed],
    low: int,
) -> pa.Table:
    raws = [(deed, table) for deed, table in files if deed.kind == "fixed"]
    reasons = [(deed, table) for deed, table in files if deed.kind == "refused"]
    raw, is_fixed = _overlaid(base["raw"], [(table, "raw") for _, table in raws], low)
    reason, is_told = _overlaid(base["reason"], [(table, "reason") for _, table in reasons], low)
    n = base.num_rows
    state = np.full(n, "waiting", "<U9")
    masks = state_masks(entry, low, low + n)
    for name in STATES[1:]:
        state[masks[name]] = name
    into = np.zeros(n, np.int64)
    for deed in deeds:
        if deed.into_rev is not None:
            into[_mask(deed.numbers, low, low + n)] = deed.into_rev
    columns: dict[str, Any] = {
        "batch": base["batch"],
        "uri": base["uri"],
        "line": base["line"],
        "raw": raw,
        "reason": reason,
        "record": [f"{entry.rev}/{number}" for number in range(low + 1, low + n + 1)],
        "rule": _rule(reason),
        "state": state.tolist(),
        "source": [entry.source] * n,
        "first_reason": _where(base["reason"], is_told),
        "first_raw": _where(base["raw"], is_fixed),
        "released_in": pa.array(into, pa.int64(), mask=into == 0),
    }
    arrays = [
        column if isinstance(column, pa.ChunkedArray | pa.Array) else pa.array(column, field.type)
        for field, column in ((field, columns[field.name]) for field in RECORDS)
    ]
    return pa.table(arrays, schema=RECORDS)


def _overlaid(base: Any, files: Sequence[tuple[pa.Table, str]], low: int) -> tuple[Any, Any]:
    """Put newer texts in the place of older ones; say where one was put."""
    places = np.arange(len(base))
    is_newer = np.zeros(len(base), np.bool_)
    chunks = list(base.chunks)
    start = len(base)
    for table, name in files:
        at = table["number"].to_numpy() - 1 - low
        inside = np.flatnonzero((at >= 0) & (at < len(base)))
        places[at[inside]] = start + inside
        is_newer[at[inside]] = True
        chunks += table[name].chunks
        start += table.num_rows
    if not is_newer.any():
        return base, is_newer
    whole = pa.chunked_array(chunks, pa.string())
    return whole.take(pa.array(places, pa.int64())), is_newer


def _rule(reason: Any) -> Any:
    """Name each reason, as `quarantine.name_of` does."""
    return pc.replace_substring_regex(reason, "(?s):.*", "").fill_null(quarantine.ERASED)


def _where(column: Any, mask: Any) -> Any:
    chosen: Any = pa.array(mask)
    return pc.if_else(chosen, column, pa.scalar(None, pa.string()))
