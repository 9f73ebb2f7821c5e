"""The event log: one canonical, salted, hash-linked record of everything that happened.

Audit and erasure stand on three things. The body is canonical JSON and holds no personal data.
The commitment is blake3(salt + body): with salt and body destroyed it proves nothing any more,
and the chain still verifies. The digest links every event to the one before it.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import msgspec
from blake3 import blake3
from sqlalchemy import bindparam, desc, insert, literal_column, select, update

from headgate.core.nouns import Event
from headgate.core.times import now, render
from headgate.spine.store.prepared import Prepared
from headgate.spine.store.queries import bump, counted
from headgate.spine.store.tables import counters, events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, RowMapping

SCHEMA_VERSION = 1
GENESIS = "0" * 64


_ADD = Prepared(insert(events))
_TAKE = Prepared(
    update(counters)
    .where(counters.c.tenant == bindparam("of"), counters.c.name == literal_column("'event'"))
    .values(value=counters.c.value + bindparam("by"))
    .returning(
        counters.c.value,
        select(events.c.digest)
        .where(
            # not that of `counters`: for SQLite names are written here without their tables
            events.c.tenant == bindparam("of"),
            events.c.seq == counters.c.value - bindparam("by"),
        )
        .correlate(counters)
        .scalar_subquery()
        .label("digest"),
    )
)
"""Counts on, and returns the digest of the event that was the last one until now."""


class Fact(msgspec.Struct, frozen=True):
    """Something that happened, before it has its place in the log."""

    kind: str
    subject: str
    payload: dict[str, object]


def append(connection: Connection, tenant: str, actor: str, facts: Sequence[Fact]) -> list[Event]:
    """Add facts to the log, in the transaction that made them true."""
    if not facts:
        return []
    first, digest = _next(connection, tenant, len(facts))
    written: list[Event] = []
    rows: list[dict[str, Any]] = []
    for seq, fact in enumerate(facts, start=first):
        event, body, salt = _sealed(fact, seq=seq, actor=actor, previous=digest)
        digest = event.digest
        row: dict[str, object] = {"tenant": tenant, "schema_version": SCHEMA_VERSION}
        row |= {"body": body, "salt": salt}
        rows.append(row | {name: getattr(event, name) for name in _COLUMNS})
        written.append(event)
    _ADD.run_all(connection, rows)
    return written


def list_events(
    connection: Connection,
    tenant: str,
    *,
    subject: str | None = None,
    kind: str | None = None,
    limit: int | None = 100,
) -> list[Event]:
    """List events, the newest first; of one subject and of one kind if they are given."""
    query = select(events).where(events.c.tenant == tenant)
    if subject is not None:
        query = query.where(events.c.subject == subject)
    if kind is not None:
        query = query.where(events.c.kind == kind)
    query = query.order_by(desc(events.c.seq)).limit(limit)
    return [_event_of(row) for row in connection.execute(query).mappings()]


def first_broken(connection: Connection, tenant: str) -> int | None:
    """Return the sequence number of the first event that was altered, moved or removed.

    An event whose salt and body were erased still holds its link by its commitment.
    """
    digest, expected = GENESIS, 1
    query = select(events).where(events.c.tenant == tenant).order_by(events.c.seq)
    for row in connection.execute(query).mappings():
        digest = _linked(digest, row["commitment"])
        if row["seq"] != expected or row["digest"] != digest or not _is_whole(row):
            return expected
        expected += 1
    return expected if expected <= counted(connection, tenant, "event") else None


_COLUMNS = ("seq", "kind", "subject", "at", "actor", "commitment", "digest")


def _sealed(fact: Fact, *, seq: int, actor: str, previous: str) -> tuple[Event, bytes, bytes]:
    at = now()
    content = {"seq": seq, "kind": fact.kind, "subject": fact.subject, "payload": fact.payload}
    content |= {"at": render(at), "actor": actor, "schema_version": SCHEMA_VERSION}
    body = msgspec.json.encode(content, order="deterministic")
    salt = secrets.token_bytes(16)
    commitment = blake3(salt + body).hexdigest()
    event = Event(
        seq=seq,
        kind=fact.kind,
        subject=fact.subject,
        at=at,
        actor=actor,
        payload=fact.payload,
        commitment=commitment,
        digest=_linked(previous, commitment),
    )
    return event, body, salt


def _linked(previous: str, commitment: str) -> str:
    return blake3(bytes.fromhex(previous) + bytes.fromhex(commitment)).hexdigest()


def _is_whole(row: RowMapping) -> bool:
    """Say whether an event is what its commitment holds, and its columns what its body says."""
    if not row["body"] and not row["salt"]:
        return True
    if blake3(row["salt"] + row["body"]).hexdigest() != row["commitment"]:
        return False
    body = msgspec.json.decode(row["body"])
    said = {name: body[name] for name in ("seq", "kind", "subject", "actor", "schema_version")}
    return body["at"] == render(row["at"]) and all(row[name] == said[name] for name in said)


def _next(connection: Connection, tenant: str, n_facts: int) -> tuple[int, str]:
    """Take numbers for facts; return the first of them, and the digest of the event before it."""
    taken = _TAKE.run(connection, {"of": tenant, "by": n_facts}).first()
    if taken is None:
        return bump(connection, tenant, "event", n_facts), GENESIS
    return taken.value - n_facts + 1, taken.digest or GENESIS


def _event_of(row: RowMapping) -> Event:
    values = {name: row[name] for name in _COLUMNS}
    payload = msgspec.json.decode(row["body"])["payload"] if row["body"] else {}
    return Event(payload=payload, **values)
