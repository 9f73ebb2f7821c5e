"""The events of other tools as they came: compressed in frames, each event once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import desc, insert, select, update

from headgate.spine.lineage.foreign.tables import foreign_events, foreign_frames
from headgate.spine.store.chunks import chunks
from headgate.spine.store.queries import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, RowMapping

COUNTER = "foreign_event"
"""Counter of the events there are."""
FRAME_EVENTS = 64
"""Events compressed together: enough to share their words, few enough to read one [count]."""
_LEVEL = 3
_ASKED = 1000
_KNOWN = "select digest from foreign_events where tenant = {} and digest in ({})"


def put_frames(connection: Connection, tenant: str, first: int, bodies: Sequence[bytes]) -> None:
    """Keep events under the numbers from `first` on; a few join the last frame if it has room."""
    if _joined_last(connection, tenant, first, bodies):
        return
    rows: list[dict[str, Any]] = []
    for start in range(0, len(bodies), FRAME_EVENTS):
        held = list(bodies[start : start + FRAME_EVENTS])
        body, n_bytes = packed(held)
        row = {"tenant": tenant, "first": first + start, "n_events": len(held)}
        rows.append(row | {"n_bytes": n_bytes, "body": body})
    if rows:
        connection.execute(insert(foreign_frames), rows)


def _joined_last(connection: Connection, tenant: str, first: int, bodies: Sequence[bytes]) -> bool:
    last = _frame_row(connection, tenant, first)
    if last is None or last["n_events"] + len(bodies) > FRAME_EVENTS:
        return False
    held = [*unpacked(last["body"], last["n_bytes"]), *bodies]
    body, n_bytes = packed(held)
    where = (foreign_frames.c.tenant == tenant, foreign_frames.c.first == last["first"])
    grown = update(foreign_frames).where(*where)
    connection.execute(grown.values(body=body, n_bytes=n_bytes, n_events=len(held)))
    return True


def packed(bodies: list[bytes]) -> tuple[bytes, int]:
    """Compress events together; return that and how long it was before [bytes]."""
    import pyarrow as pa

    plain = msgspec.msgpack.encode(bodies)
    return pa.Codec("zstd", compression_level=_LEVEL).compress(plain, asbytes=True), len(plain)


def unpacked(body: bytes, n_bytes: int) -> list[bytes]:
    """Return the events of a frame."""
    import pyarrow as pa

    plain = pa.Codec("zstd").decompress(body, n_bytes, asbytes=True)
    return msgspec.msgpack.decode(plain, type=list[bytes])


def read_events(connection: Connection, tenant: str, numbers: Sequence[int]) -> dict[int, bytes]:
    """Return events by their numbers; those there are not are left out."""
    found: dict[int, bytes] = {}
    for number in sorted(set(numbers)):
        if number not in found:
            found |= _frame_at(connection, tenant, number)
    return {number: found[number] for number in numbers if number in found}


def known_digests(connection: Connection, tenant: str, digests: Sequence[bytes]) -> set[bytes]:
    """Return those digests of events that came before."""
    found: set[bytes] = set()
    sign = "%s" if connection.dialect.name == "postgresql" else "?"
    for some in chunks(digests, _ASKED):
        query = _KNOWN.format(sign, ", ".join([sign] * len(some)))
        rows = connection.exec_driver_sql(query, (tenant, *some))
        found.update(bytes(row[0]) for row in rows)
    return found


def numbers_of_runs(connection: Connection, tenant: str, runs: Sequence[int]) -> list[int]:
    """List the numbers of the events that tell of some runs, the oldest event first."""
    query = (
        select(foreign_events.c.number)
        .where(foreign_events.c.tenant == tenant, foreign_events.c.run.in_(runs))
        .order_by(foreign_events.c.at_us, foreign_events.c.number)
    )
    return list(connection.execute(query).scalars())


def newest_numbers(
    connection: Connection, tenant: str, *, limit: int, before: int | None = None
) -> list[int]:
    """List the numbers of the events that came last, the last first."""
    query = select(foreign_events.c.number).where(foreign_events.c.tenant == tenant)
    if before is not None:
        query = query.where(foreign_events.c.number < before)
    query = query.order_by(desc(foreign_events.c.number)).limit(limit)
    return list(connection.execute(query).scalars())


def n_events(connection: Connection, tenant: str) -> int:
    """Return how many events there are; none is ever taken away."""
    return counted(connection, tenant, COUNTER)


def _frame_at(connection: Connection, tenant: str, number: int) -> dict[int, bytes]:
    row = _frame_row(connection, tenant, number)
    if row is None:
        return {}
    return dict(enumerate(unpacked(row["body"], row["n_bytes"]), row["first"]))


def _frame_row(connection: Connection, tenant: str, number: int) -> RowMapping | None:
    """Return the frame that holds an event, or the last one before its place."""
    query = (
        select(foreign_frames)
        .where(foreign_frames.c.tenant == tenant, foreign_frames.c.first <= number)
        .order_by(desc(foreign_frames.c.first))
        .limit(1)
    )
    return connection.execute(query).mappings().first()
