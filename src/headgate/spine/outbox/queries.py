"""The catalog's SQL on the outbox.

Writers come one after the other, so a transaction that looks and then takes is never overtaken.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
from sqlalchemy import and_, desc, exists, func, insert, or_, select, update

from headgate.core.messages import Message
from headgate.spine.store.tables import outbox

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement, Connection, RowMapping

State = Literal["pending", "sent", "dead"]


class Letter(msgspec.Struct, frozen=True):
    """A message to one notifier, as the outbox keeps it.

    Args:
        seq: its place in the outbox; what is about the same thing leaves in this order.
        n_attempts: how often it was taken to be sent [count].
        max_attempts: after how many it is dead [count].
        due_at: when it is to be tried next.
        lease_id: who is sending it, while it is being sent.
        answer: what the receiver said last, or why it did not.
    """

    message_id: str
    seq: int
    notifier: str
    state: State
    n_attempts: int
    max_attempts: int
    due_at: datetime
    created_at: datetime
    content: Message
    lease_id: str | None = None
    answer: str | None = None
    sent_at: datetime | None = None


class Wanted(NamedTuple):
    """Which letters a deliverer wants.

    Args:
        due_by: due at this moment or before.
        notifiers: for these alone.
        keys: about these things alone; about any if nothing is said.
    """

    due_by: datetime
    notifiers: Collection[str]
    keys: Collection[str] | None = None


class Lease(NamedTuple):
    """The right to send a letter, until a moment."""

    lease_id: str
    at: datetime
    until: datetime


class Told(NamedTuple):
    """The words of a letter, and what was answered to it.

    Args:
        was_tried: they may have left.
    """

    message_id: str
    notifier: str
    text: str
    was_tried: bool


def put(connection: Connection, tenant: str, letters: Sequence[Letter]) -> None:
    """Add letters."""
    for letter in letters:
        row: dict[str, Any] = msgspec.structs.asdict(letter)
        row["content"] = msgspec.json.encode(letter.content).decode()
        row |= {"kind": letter.content.kind, "dedup_key": letter.content.dedup_key}
        connection.execute(insert(outbox).values(tenant=tenant, **row))


def take(connection: Connection, tenant: str, wanted: Wanted, lease: Lease) -> Letter | None:
    """Take the letter that is due first, so that nobody else sends it until the lease is over.

    A letter waits for those before it that are about the same thing, until they are sent or dead.
    """
    other = outbox.alias()
    before = exists().where(
        other.c.tenant == tenant,
        other.c.notifier == outbox.c.notifier,
        other.c.dedup_key == outbox.c.dedup_key,
        other.c.state == "pending",
        other.c.message_id != outbox.c.message_id,
        or_(other.c.seq < outbox.c.seq, other.c.leased_until > lease.at),
    )
    query = select(outbox).where(*_due(tenant, wanted, lease.at), ~before)
    query = query.order_by(outbox.c.due_at, outbox.c.seq).limit(1)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    taken = {"lease_id": lease.lease_id, "n_attempts": row["n_attempts"] + 1}
    where = (outbox.c.tenant == tenant, outbox.c.message_id == row["message_id"])
    connection.execute(update(outbox).where(*where).values(leased_until=lease.until, **taken))
    return msgspec.structs.replace(_letter(row), **taken)


def has_due(connection: Connection, tenant: str, wanted: Wanted, at: datetime) -> bool:
    """Say whether there is a letter that a deliverer may come to."""
    query = select(outbox.c.seq).where(*_due(tenant, wanted, at)).limit(1)
    return connection.execute(query).first() is not None


def count_due(connection: Connection, tenant: str, wanted: Wanted, at: datetime) -> int:
    """Count the letters that a deliverer may come to."""
    query = select(func.count()).select_from(outbox).where(*_due(tenant, wanted, at))
    return connection.execute(query).scalar_one()


def renew(connection: Connection, tenant: str, letter: Letter, until: datetime) -> None:
    """Let the lease of a letter last until a moment, if it is still the same."""
    where = (
        outbox.c.tenant == tenant,
        outbox.c.message_id == letter.message_id,
        outbox.c.lease_id == letter.lease_id,
    )
    connection.execute(update(outbox).where(*where).values(leased_until=until))


def settle(connection: Connection, tenant: str, letter: Letter, now_is: Letter) -> bool:
    """Write what became of a letter and give its lease back; say no if the lease was lost."""
    where = (
        outbox.c.tenant == tenant,
        outbox.c.message_id == letter.message_id,
        outbox.c.lease_id == letter.lease_id,
    )
    if connection.execute(select(outbox.c.seq).where(*where)).first() is None:
        return False
    names = ("state", "due_at", "answer", "sent_at")
    values = {name: getattr(now_is, name) for name in names}
    values |= {"lease_id": None, "leased_until": None}
    connection.execute(update(outbox).where(*where).values(**values))
    return True


def hold_back(connection: Connection, tenant: str, notifier: str, until: datetime) -> None:
    """Let nothing for a notifier be due before a moment."""
    where = (
        outbox.c.tenant == tenant,
        outbox.c.notifier == notifier,
        outbox.c.state == "pending",
        outbox.c.due_at < until,
    )
    connection.execute(update(outbox).where(*where).values(due_at=until))


def listed(
    connection: Connection, tenant: str, state: State | None = None, *, limit: int | None = None
) -> list[Letter]:
    """List letters, the newest first; of one state if it is given."""
    query = select(outbox).where(outbox.c.tenant == tenant)
    if state is not None:
        query = query.where(outbox.c.state == state)
    query = query.order_by(desc(outbox.c.seq)).limit(limit)
    return [_letter(row) for row in connection.execute(query).mappings()]


def told_with(connection: Connection, tenant: str, words: Sequence[str]) -> list[Told]:
    """List the letters in which one of some words may stand, whatever its case and neighbours."""
    near = [
        column.icontains(word, autoescape=True)
        for column in (outbox.c.content, outbox.c.answer)
        for word in words
    ]
    query = select(outbox).where(outbox.c.tenant == tenant, or_(*near)).order_by(outbox.c.seq)
    return [
        Told(
            row["message_id"],
            row["notifier"],
            f"{row['content']} {row['answer'] or ''}",
            row["n_attempts"] > 0,
        )
        for row in connection.execute(query).mappings()
    ]


def counts(connection: Connection, tenant: str) -> dict[str, int]:
    """Count the letters of each state."""
    query = select(outbox.c.state, func.count()).where(outbox.c.tenant == tenant)
    return {row[0]: row[1] for row in connection.execute(query.group_by(outbox.c.state))}


def by_id(connection: Connection, tenant: str, message_ids: Collection[str]) -> list[Letter]:
    """Return letters by their ids, in the order they were written."""
    query = select(outbox).where(outbox.c.tenant == tenant, outbox.c.message_id.in_(message_ids))
    rows = connection.execute(query.order_by(outbox.c.seq)).mappings()
    return [_letter(row) for row in rows]


def waiting_for(connection: Connection, tenant: str) -> set[str]:
    """Name the notifiers that letters wait for."""
    query = select(outbox.c.notifier).where(outbox.c.tenant == tenant, outbox.c.state == "pending")
    return set(connection.execute(query.distinct()).scalars())


def open_keys(
    connection: Connection, tenant: str, notifier: str, keys: Collection[str]
) -> set[str]:
    """Return those keys whose trouble a notifier may still take for open.

    It was told of them last with anything but a resolve, or with one that never came through.
    """
    last = select(func.max(outbox.c.seq)).where(
        outbox.c.tenant == tenant,
        outbox.c.notifier == notifier,
        outbox.c.dedup_key.in_(keys),
        outbox.c.kind != "note",
    )
    query = select(outbox.c.dedup_key).where(
        outbox.c.tenant == tenant,
        outbox.c.seq.in_(last.group_by(outbox.c.dedup_key)),
        or_(outbox.c.kind != "resolve", outbox.c.state == "dead"),
    )
    return set(connection.execute(query).scalars())


def overtaken(connection: Connection, tenant: str, letter: Letter) -> Letter | None:
    """Return what is about the same thing, came later, and was sent or is being sent.

    Nothing overtakes a note: it opens no alert that may be over by now.
    """
    if letter.content.kind == "note":
        return None
    query = select(outbox).where(
        outbox.c.tenant == tenant,
        outbox.c.notifier == letter.notifier,
        outbox.c.dedup_key == letter.content.dedup_key,
        outbox.c.seq > letter.seq,
        or_(outbox.c.state == "sent", outbox.c.lease_id.is_not(None)),
    )
    row = connection.execute(query.order_by(desc(outbox.c.seq)).limit(1)).mappings().first()
    return None if row is None else _letter(row)


def revive(connection: Connection, tenant: str, message_id: str, at: datetime) -> None:
    """Let a dead letter be tried again, with all its attempts."""
    where = (
        outbox.c.tenant == tenant,
        outbox.c.message_id == message_id,
        outbox.c.state == "dead",
    )
    connection.execute(
        update(outbox).where(*where).values(state="pending", n_attempts=0, due_at=at)
    )


def _due(tenant: str, wanted: Wanted, at: datetime) -> list[ColumnElement[bool]]:
    free = or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= at)
    due = and_(outbox.c.state == "pending", outbox.c.due_at <= wanted.due_by)
    conditions = [outbox.c.tenant == tenant, due, free, outbox.c.notifier.in_(wanted.notifiers)]
    if wanted.keys is not None:
        conditions.append(outbox.c.dedup_key.in_(wanted.keys))
    return conditions


def _letter(row: RowMapping) -> Letter:
    values: dict[str, Any] = {name: row[name] for name in Letter.__struct_fields__}
    values["content"] = msgspec.json.decode(row["content"], type=Message)
    return Letter(**values)
